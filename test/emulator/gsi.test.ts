import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { authorizationUrl, configure, credentials, exchange, postForm, send } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const origin = 'http://localhost:8080'
const relay = 'storagerelay://http/localhost:8080?id=auth1'

/** Returns the address to which Google's library sends the window of a page. */
const windowUrl = (google: Emulator, parameters: Record<string, string | null> = {}): string =>
  authorizationUrl(google, {
    gsiwebsdk: '3',
    client_id: credentials(google).client_id,
    redirect_uri: relay,
    access_type: 'offline',
    prompt: 'consent',
    ...parameters,
  })

/** Returns the error page that an authorization request leads to. */
async function errorOf(url: string): Promise<string> {
  const { headers } = await send(url)
  expect(headers.location).toContain('/signin/oauth/error?')
  return (await send(headers.location ?? '')).body
}

/** Returns what a page of an origin gets when it asks for its window. */
const asked = async (google: Emulator, from: string | undefined, id = 'auth1'): Promise<unknown> =>
  (await send(`${google.issuer}/gsi/relay?id=${id}`, { headers: from === undefined ? {} : { origin: from } })).json

describe('the window of a page', () => {
  const refused = [
    {
      what: 'another port',
      client: {},
      uri: 'storagerelay://http/localhost:9?id=auth1',
      error: '400: origin_mismatch',
    },
    {
      what: 'another scheme',
      client: {},
      uri: 'storagerelay://https/localhost:8080?id=a',
      error: '400: origin_mismatch',
    },
    { what: 'no origin at all', client: { javascriptOrigins: [] }, uri: relay, error: '401: invalid_client' },
  ]
  test.for(refused)('is refused for $what', async ({ client, uri, error }, { google }) => {
    await configure(google, 'POST clients', {
      type: 'web',
      clientId: '7-x',
      clientSecret: 's',
      javascriptOrigins: [origin],
      ...client,
    })
    const page = await errorOf(windowUrl(google, { client_id: '7-x', redirect_uri: uri }))
    expect(page).toContain(`Error ${error}`)
  })

  test('is refused for a client of another type', async ({ google }) => {
    const page = await errorOf(windowUrl(google, { client_id: credentials(google, 'desktop').client_id }))
    expect(page).toContain('Storagerelay URI is not allowed for &#39;NATIVE_DESKTOP&#39; client type.')
  })

  test('may be of any page of this machine if the client’s origins are unknown', async () => {
    const google = await startGoogle({ clients: [{ type: 'web', clientId: '7-x', clientSecret: 's' }] })
    const local = windowUrl(google, { client_id: '7-x', redirect_uri: 'storagerelay://http/127.0.0.1:3000?id=a' })
    expect((await send(local)).headers.location).toContain('/v3/signin/identifier?')
    const far = windowUrl(google, { client_id: '7-x', redirect_uri: 'storagerelay://https/app.example?id=a' })
    expect(await errorOf(far)).toContain('origin_mismatch')
  })

  test('is also what the built-in client is given a code in, for postmessage', async ({ autoGoogle }) => {
    const { body } = await send(windowUrl(autoGoogle))
    const [, code = ''] = /"code":"([^"]+)"/.exec(body) ?? []
    const answer = await exchange(autoGoogle, code, { redirect_uri: 'postmessage' })
    expect(answer.json).toMatchObject({ refresh_token: expect.any(String) })
  })

  test('hands its answer to the page’s origin and to no other', async ({ autoGoogle }) => {
    const { body, headers } = await send(windowUrl(autoGoogle))
    expect(body).toContain(`},"${origin}")`)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(await asked(autoGoogle, origin)).toMatchObject({ answer: { code: expect.any(String) } })
    for (const other of ['http://localhost:8081', 'https://evil.example', 'null', undefined])
      expect(await asked(autoGoogle, other)).toEqual({})
    expect(await asked(autoGoogle, origin, 'auth2')).toEqual({})
  })

  test('is forgotten by a reset', async ({ autoGoogle }) => {
    await send(windowUrl(autoGoogle))
    autoGoogle.reset()
    expect(await asked(autoGoogle, origin)).toEqual({})
  })

  test('is reported open or closed by the emulator’s own pages only', async ({ google }) => {
    await send((await send(windowUrl(google))).headers.location ?? '')
    const report = `${google.issuer}/gsi/window?id=auth1&open=1`
    expect((await postForm(report, {}, { origin: 'https://evil.example' })).status).toBe(403)
    expect(await asked(google, origin)).toEqual({ isOpen: false })
    expect((await postForm(report, {}, { origin: google.issuer })).status).toBe(200)
    expect(await asked(google, origin)).toEqual({ isOpen: true })
  })
})

const onlyForPages = [
  { response_type: 'token', gsiwebsdk: null },
  { response_type: 'id_token', gsiwebsdk: null },
  { response_type: 'token', redirect_uri: 'http://localhost:8080/oauth2callback' },
  { response_type: 'id_token', redirect_uri: 'http://localhost:8080/oauth2callback' },
]
test.for(onlyForPages)(
  'only the library for pages gets another response type than code: %o',
  async (parameters, { google }) => {
    expect(await errorOf(windowUrl(google, parameters))).toContain('Invalid response_type')
  },
)

describe('a page', () => {
  const statuses = [
    { from: origin, client: undefined, status: 200, answer: {} },
    { from: 'https://evil.example', client: undefined, status: 403, answer: { reason: 'unregistered_origin' } },
    { from: origin, client: '7-nobody', status: 403, answer: { reason: 'invalid_client' } },
  ]
  test.for(statuses)(
    'is told whether Google would show the prompt: %o',
    async ({ from, client, status, answer }, { google }) => {
      const clientId = client ?? credentials(google).client_id
      const reply = await send(`${google.issuer}/gsi/status?client_id=${clientId}`, { headers: { origin: from } })
      expect(reply).toMatchObject({ status, json: answer, headers: { 'access-control-allow-origin': from } })
    },
  )

  test('cannot revoke from an origin that is not registered', async ({ google }) => {
    const fields = { client_id: credentials(google).client_id, login_hint: 'ada@example.com' }
    const revoke = (from: string): ReturnType<typeof postForm> =>
      postForm(`${google.issuer}/gsi/revoke`, fields, { origin: from })
    await google.createCode()
    expect((await revoke('https://evil.example')).json).toEqual({ successful: false, error: 'unregistered_origin' })
    expect((await revoke(origin)).json).toEqual({ successful: true })
    expect((await revoke(origin)).json).toMatchObject({ successful: false })
  })
})

test('the library names the issuer, for pages that do not load it by a script tag', async () => {
  const google = await startGoogle({ issuer: 'https://accounts.google.com' })
  const { body, headers } = await send(`${google.driveUrl}/gsi/client`)
  expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
  expect(body).toContain('new URL(currentScript.src).origin : "https://accounts.google.com"')
})
