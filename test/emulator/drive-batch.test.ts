import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { inAppData, names, put, test } from './drive-client.ts'
import { type RawAnswer, send, signIn } from './raw-http.ts'

const type = 'multipart/mixed; boundary="a boundary"'

/** Joins requests in the form of Google's guide. */
const bodyOf = (calls: readonly string[], end = '\r\n'): string =>
  [
    ...calls.map((call, index) =>
      ['--a boundary', 'Content-Type: application/http', `Content-ID: <item${index}>`, '', call].join(end),
    ),
    '--a boundary--',
    '',
  ].join(end)

const sendBatch = async (google: Emulator, body: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  await send(`${google.issuer}/batch/drive/v3`, { method: 'POST', headers: { 'content-type': type, ...headers }, body })

interface PartAnswer {
  id: string | undefined
  status: number
  headers: string
  body: string
}

/** Returns the responses in a batch response. */
function partsOf({ headers, body }: RawAnswer): PartAnswer[] {
  const boundary = /^multipart\/mixed; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1] ?? ''
  const pieces = body.split(`\r\n--${boundary}`)
  expect(pieces.at(-1)).toBe('--\r\n')
  return pieces.slice(1, -1).map((piece) => {
    const [outer = '', inner = '', ...rest] = piece.split('\r\n\r\n')
    expect(outer).toContain('Content-Type: application/http')
    return {
      id: /^Content-ID: (.*)$/m.exec(outer)?.[1],
      status: Number(/^HTTP\/1\.1 (\d+) /.exec(inner)?.[1]),
      headers: inner,
      body: rest.join('\r\n\r\n'),
    }
  })
}

const json = (value: unknown): string => `Content-Type: application/json\r\n\r\n${JSON.stringify(value)}`
const statuses = (answer: RawAnswer): number[] => partsOf(answer).map(({ status }) => status)

describe('a batch', () => {
  test('gets a response for each call, in order, with its id', async ({ google, drive }) => {
    const id = await put(drive, 'old')
    const answer = await sendBatch(
      google,
      bodyOf([
        `PATCH /drive/v3/files/${id}?fields=name HTTP/1.1\r\n${json({ name: 'new' })}`,
        `GET ${google.issuer}/drive/v3/files/${id}?fields=name&prettyPrint=false\r\n`,
        'GET /drive/v3/files/nope HTTP/1.1\r\n',
        `POST /drive/v3/files HTTP/1.1\r\n${json({ name: 'made', ...inAppData })}`,
        `DELETE /drive/v3/files/${id} HTTP/1.1\r\n`,
      ]),
      drive.headers,
    )
    expect(answer.status).toBe(200)
    const parts = partsOf(answer)
    expect(parts.map((part) => [part.id, part.status])).toEqual([
      ['<response-item0>', 200],
      ['<response-item1>', 200],
      ['<response-item2>', 404],
      ['<response-item3>', 200],
      ['<response-item4>', 204],
    ])
    expect(parts[0]?.headers).toContain('Content-Type: application/json; charset=UTF-8')
    expect(parts.map(({ body }) => body).slice(0, 2)).toEqual(['{\n  "name": "new"\n}\n', '{"name":"new"}'])
    expect(JSON.parse(parts[2]?.body ?? '').error.errors[0].reason).toBe('notFound')
    expect(names(await drive.list())).toEqual(['made'])
  })

  test.for(['\r\n', '\n'])('may have the line end %j', async (end, { google, drive }) => {
    const name = 'Ünïcödé ✓'
    const call = ['POST /drive/v3/files?fields=name HTTP/1.1', 'Content-Type: application/json', 'MIME-Version: 1.0']
    const body = bodyOf([[...call, '', JSON.stringify({ name, ...inAppData })].join(end)], end)
    expect(JSON.parse(partsOf(await sendBatch(google, body, drive.headers))[0]?.body ?? '')).toEqual({ name })
  })

  test('may end with a boundary like the others, and number its calls', async ({ google, drive }) => {
    const body =
      '--a boundary\r\nContent-Type: application/http\r\nContent-ID: 7\r\n\r\nGET /drive/v3/about?fields=kind\r\n\r\n--a boundary\r\n'
    expect(partsOf(await sendBatch(google, body, drive.headers))).toMatchObject([{ id: 'response-7', status: 200 }])
    const nameless = body.replace('Content-ID: 7\r\n', '')
    expect(partsOf(await sendBatch(google, nameless, drive.headers))).toMatchObject([{ id: undefined, status: 200 }])
  })

  test('has one token for all calls, or one for each', async ({ google, drive }) => {
    const other = (await signIn(google, { account: 'grace@corp.example' })).access_token
    const about = 'GET /drive/v3/about?fields=user(emailAddress)&prettyPrint=false HTTP/1.1\r\n'
    const calls = bodyOf([about, `${about}Authorization: Bearer ${other}\r\n`, `${about}Authorization: Bearer x\r\n`])
    expect(partsOf(await sendBatch(google, calls, drive.headers)).map(({ body }) => body)).toEqual([
      '{"user":{"emailAddress":"ada@example.com"}}',
      '{"user":{"emailAddress":"grace@corp.example"}}',
      expect.stringContaining('"code": 401'),
    ])
    expect(statuses(await sendBatch(google, calls))).toEqual([401, 200, 401])
  })

  test('accepts methods in X-HTTP-Method-Override', async ({ google, drive }) => {
    const id = await put(drive, 'a')
    const call = `POST /drive/v3/files/${id}?fields=name HTTP/1.1\r\nX-HTTP-Method-Override: PATCH\r\n${json({ name: 'b' })}`
    expect(statuses(await sendBatch(google, bodyOf([call]), drive.headers))).toEqual([200])
    expect(names(await drive.list())).toEqual(['b'])
  })

  test('transfers no content and calls no other address', async ({ google, drive }) => {
    const calls = [
      'POST /upload/drive/v3/files?uploadType=media',
      'GET /oauth2/v2/userinfo',
      'GET /drive/v2/files',
      'no request at all',
    ]
    const answer = await sendBatch(google, bodyOf(calls.map((call) => `${call}\r\n`)), drive.headers)
    expect(statuses(answer)).toEqual([404, 404, 404, 404])
  })

  test('redirects downloads to the address for them', async ({ google, drive }) => {
    const id = await put(drive, 'a')
    const calls = [
      `GET /drive/v3/files/${id}?alt=media`,
      'GET /drive/v3/files/nope/export',
      'GET /drive/v3/files/nope?alt=MEDIA&fields=bogus',
      `GET /drive/v3/files/${id}?alt=media\r\nAuthorization: Bearer x`,
      'GET /drive/v3/files/nope/export?mimeType=text/plain&alt=json',
    ]
    const answer = await sendBatch(google, bodyOf(calls.map((call) => `${call}\r\n`)), drive.headers)
    const [first, second, third, ...others] = partsOf(answer)
    expect(first?.headers.split('\r\n')).toEqual([
      'HTTP/1.1 302 Found',
      'Content-Length: 0',
      'Content-Type: application/json; charset=UTF-8',
      `Location: ${google.issuer}/download/drive/v3/files/${id}?alt=media`,
    ])
    expect(JSON.parse(first?.body ?? '')).toEqual({
      error: {
        code: 302,
        message: 'Unknown Error.',
        errors: [{ message: 'Unknown Error.', domain: 'global', reason: 'backendError' }],
        status: 'UNKNOWN',
      },
    })
    expect(second?.headers).toMatch(/\/files\/nope\/export$/)
    expect(third?.headers).toMatch(/\?alt=MEDIA&fields=bogus$/)
    expect(others.map(({ status }) => status)).toEqual([401, 404])
  })

  test('has at most 100 calls; further ones are refused', async ({ google, drive }) => {
    const calls = Array.from({ length: 102 }, () => `POST /drive/v3/files?fields=id\r\n${json(inAppData)}`)
    const parts = partsOf(await sendBatch(google, bodyOf(calls), drive.headers))
    expect(parts.map(({ status }) => status)).toEqual([...Array.from({ length: 100 }, () => 200), 403, 403])
    expect(parts.at(-1)?.body).toContain('Exceeds allowed inner batch requests soft limit. Please retry.')
    expect((await drive.list({ pageSize: '1000' })).json.files).toHaveLength(100)
  })

  test('of more than a thousand calls is refused as a whole', async ({ google, drive }) => {
    const answer = await sendBatch(google, bodyOf(Array(1001).fill('GET /drive/v3/files')), drive.headers)
    expect(answer).toMatchObject({ status: 400, json: { error: { errors: [{ reason: 'badRequest' }] } } })
  })

  test('gets one line for each Content-ID, whatever line ends are in it', async ({ google, drive }) => {
    const call = 'Content-ID: a\rSet-Cookie: b\r\n\r\nGET /drive/v3/about?fields=kind\r\n\r\n'
    const { body } = await sendBatch(google, `--a boundary\r\n${call}--a boundary--`, drive.headers)
    expect(body).toContain('Content-ID: response-a\r\n')
    expect(body).not.toContain('Set-Cookie')
  })

  test.for([
    {
      name: 'without a boundary',
      headers: { 'content-type': 'multipart/mixed' },
      body: bodyOf(['GET /drive/v3/about']),
    },
    { name: 'of another type', headers: { 'content-type': 'application/json' }, body: '{}' },
    { name: 'without calls', headers: {}, body: '--a boundary--\r\n' },
    { name: 'that is empty', headers: {}, body: '' },
  ])('$name is refused', async ({ headers, body }, { google, drive }) => {
    const answer = await sendBatch(google, body, { ...drive.headers, ...headers })
    expect(answer).toMatchObject({ status: 400, json: { error: { errors: [{ reason: 'badRequest' }] } } })
    expect(answer.json.error.message).toBe(
      `Failed to parse batch request, error:  0 items. Received batch body: (${body.length}) bytes redacted`,
    )
  })

  test.for(['batch', 'batch/drive/v2', 'batch/drive/v3/x'])('at /%s is Google’s HTML 404', async (path, { google }) => {
    const answer = await send(`${google.issuer}/${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: '',
    })
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toContain('text/html')
  })

  test('meets faults of Drive as a whole or in one call', async ({ google, drive }) => {
    const calls = bodyOf(['GET /drive/v3/about?fields=kind', 'GET /drive/v3/about?fields=kind'].map((c) => `${c}\r\n`))
    google.arm({ on: 'drive', fault: 'http-503' })
    expect((await sendBatch(google, calls, drive.headers)).status).toBe(503)
    google.arm({ on: 'drive', fault: 'user-rate-limit', after: 1 })
    expect(statuses(await sendBatch(google, calls, drive.headers))).toEqual([200, 403])
  })
})
