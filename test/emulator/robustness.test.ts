import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { textOf } from './home.ts'
import { bearer, configure, control, exchange, postForm, send, sendJson, signIn } from './raw-http.ts'
import { test } from './with-google.ts'

/** Writes bytes to the port and returns the response until the connection ends or stays silent too long. */
async function rawBytes(google: Emulator, bytes: string | Buffer, silenceMs = 150): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect(Number(new URL(google.issuer).port), '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(received))
    socket.setTimeout(silenceMs, () => socket.destroy())
    socket.write(bytes)
  })
}

const alive = async (google: Emulator): Promise<void> => {
  expect((await exchange(google, await google.createCode())).status).toBe(200)
}

const chunked = 'POST /token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
const lengthOf = (length: string): string => `POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\nabc`

const hostileRequests = [
  { name: 'no request line', bytes: 'garbage\r\n\r\n' },
  { name: 'zero bytes', bytes: '\0\0\0\0' },
  { name: 'no host', bytes: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'a path of slashes', bytes: 'GET // HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'an absolute URL', bytes: 'GET http://evil.example/token HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'an invalid escape in a file id', bytes: 'GET /drive/v3/files/%E0%A4%A HTTP/1.1\r\nhost: x\r\n\r\n' },
  {
    name: 'invalid escapes in a query',
    bytes: 'GET /o/oauth2/v2/auth?%%%&=&&redirect_uri=%00 HTTP/1.1\r\nhost: x\r\n\r\n',
  },
  { name: 'a very long path', bytes: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n` },
  { name: 'a body that ends early', bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc' },
  { name: 'a malformed chunk', bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n' },
  {
    name: 'two lengths',
    bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  {
    name: 'malformed JSON',
    bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[[',
  },
  { name: 'an unknown method', bytes: 'BREW /pot HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'OPTIONS *', bytes: 'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'CONNECT', bytes: 'CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n' },
  {
    name: 'an upgrade',
    bytes: 'GET /v1/userinfo HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  },
  { name: 'TLS', bytes: Buffer.from('16030100050100000103', 'hex') },
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { name: 'an HTTP version that does not exist', bytes: 'GET / HTTP/3.7\r\nhost: x\r\n\r\n' },
  { name: 'no HTTP version', bytes: 'GET /\r\n\r\n' },
  { name: 'line feeds only', bytes: 'GET / HTTP/1.1\nhost: x\n\n' },
  { name: 'two hosts', bytes: 'GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n' },
  { name: 'a folded header', bytes: 'GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n' },
  { name: 'a zero byte in a header', bytes: 'GET / HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n' },
  { name: 'a header without a name', bytes: 'GET / HTTP/1.1\r\nhost: x\r\n: b\r\n\r\n' },
  { name: '2,000 headers', bytes: `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(2000)}\r\n` },
  { name: '100,000 headers', bytes: `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(100_000)}\r\n` },
  { name: 'a header of a megabyte', bytes: `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(1024 * 1024)}\r\n\r\n` },
  { name: 'a length too large for a number', bytes: lengthOf('9'.repeat(40)) },
  { name: 'the largest possible length', bytes: lengthOf('9007199254740991') },
  { name: 'a negative length', bytes: lengthOf('-1') },
  { name: 'a length that is not a number', bytes: lengthOf('0x3') },
  { name: 'two different lengths', bytes: lengthOf('3\r\ncontent-length: 2') },
  { name: 'the largest possible chunk', bytes: `${chunked}FFFFFFFFFFFFFFFF\r\nabc` },
  { name: 'a chunk too large for a number', bytes: `${chunked}${'F'.repeat(40)}\r\nabc` },
  { name: 'a chunk longer than it says', bytes: `${chunked}1\r\nabc\r\n0\r\n\r\n` },
  { name: 'a flood of chunk extensions', bytes: `${chunked}1;${'x'.repeat(100_000)}\r\na\r\n0\r\n\r\n` },
  { name: 'a flood of trailers', bytes: `${chunked}0\r\n${'a: b\r\n'.repeat(10_000)}\r\n` },
  { name: 'chunks of one byte each', bytes: `${chunked}${'1\r\na\r\n'.repeat(5000)}0\r\n\r\n` },
  { name: 'an unknown transfer coding', bytes: chunked.replace('chunked', 'zz, chunked') },
  { name: 'an impossible expectation', bytes: 'POST /token HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n' },
  { name: 'raw bytes in its path', bytes: Buffer.from('GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n', 'latin1') },
]

const brokenEscapes = ['%', '%f', '%zz', '%ff', '%c0%80', '%ed%a0%80', '%00', '%2e%2e%2f', '%25%32%35', '%E0%A4%A']
const everyPath = [
  '/',
  '/.well-known/openid-configuration',
  '/o/oauth2/v2/auth',
  '/v3/signin/identifier',
  '/signin/oauth/consent',
  '/signin/oauth/error',
  '/token',
  '/revoke',
  '/tokeninfo',
  '/v1/userinfo',
  '/drive/v3/files',
  '/drive/v3/about',
  '/upload/drive/v3/files',
  '/emulator/v1/accounts',
]

/** Opens connections that send only `bytes`; they are closed when the work is done. */
async function withIdleConnections(google: Emulator, count: number, bytes: string, work: () => Promise<void>) {
  const sockets: Socket[] = []
  try {
    for (let number = 0; number < count; number++) {
      const socket = connect(Number(new URL(google.issuer).port), '127.0.0.1').on('error', () => undefined)
      sockets.push(socket)
      await once(socket, 'connect')
      socket.write(bytes)
    }
    await work()
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

describe('a malformed request', () => {
  test.for(hostileRequests)('with $name does not kill it', async ({ bytes }, { google }) => {
    const answer = await rawBytes(google, bytes)
    expect(answer).not.toContain('The emulator failed')
    await alive(google)
  })

  test('of random bytes does not kill it', async ({ google }) => {
    let seed = 7
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff)
    const paths = ['/token', '/revoke', '/drive/v3/files', '/signin/oauth/consent', '/emulator/v1/codes', '/tokeninfo']
    const types = ['application/x-www-form-urlencoded', 'application/json', 'multipart/related; boundary=x', '']
    for (let round = 0; round < 200; round++) {
      const body = Buffer.from(Array.from({ length: random() % 300 }, () => random() & 255))
      const path = paths[random() % paths.length] ?? ''
      const query = `uploadType=multipart&x=${encodeURIComponent(body.toString('latin1'))}`
      const headers = { 'content-type': types[random() % types.length] ?? '' }
      const answer = await send(`${google.issuer}${path}?${query}`, { method: 'POST', headers, body })
      expect(answer.body).not.toContain('The emulator failed')
      expect(answer.status).not.toBe(500)
    }
    await alive(google)
  })

  test.for(brokenEscapes)('with %s in any path, query and form does not kill it', async (escape, { google }) => {
    const headers = {
      ...bearer((await signIn(google)).access_token),
      'content-type': 'application/x-www-form-urlencoded',
    }
    for (const path of everyPath) {
      for (const method of ['GET', 'POST', 'PATCH']) {
        const body = `${escape}=${escape}&client_id=${escape}&request=client_id%3D${escape}&redirect_uri=${escape}`
        const url = `${google.issuer}${path}/${escape}?${body}`
        const answers = [
          await send(url, { method, headers, ...(method !== 'GET' && { body }) }),
          await send(url.replace(`/${escape}?`, '?'), { method, headers, ...(method !== 'GET' && { body }) }),
        ]
        for (const { status, body: text } of answers) {
          expect(text).not.toContain('The emulator failed')
          expect(status).not.toBe(500)
        }
      }
    }
    await alive(google)
  })

  test.for([
    { name: 'lists', open: '[', close: ']' },
    { name: 'objects', open: '{"a":', close: '}' },
  ])('of $name nested 20,000 deep does not kill it', async ({ open, close }, { google }) => {
    const deep = `${open.repeat(20_000)}1${close.repeat(20_000)}`
    const headers = { ...bearer((await signIn(google)).access_token), 'content-type': 'application/json' }
    const members = ['account', 'email', 'scopes', 'fault', 'on', 'web', 'advance', 'name', 'properties', 'parents']
    const orders = ['accounts', 'codes', 'faults', 'clock', 'clients', 'files'].map((name) => `/emulator/v1/${name}`)
    for (const path of ['/token', '/drive/v3/files', ...orders]) {
      for (const body of [deep, ...members.map((member) => `{"${member}":${deep}}`)]) {
        const answer = await send(`${google.issuer}${path}`, { method: 'POST', headers, body })
        expect(answer.body.slice(0, 1000)).not.toContain('The emulator failed')
        expect(answer.status).not.toBe(500)
      }
    }
    await alive(google)
  })

  test.for([
    { properties: { a: { toString: 1 } } },
    { appProperties: { a: [[[]]] } },
    { parents: [{ toString: 1 }] },
    { parents: [['appDataFolder']] },
  ])('with the metadata %j is 400', async (metadata, { google }) => {
    const headers = bearer((await signIn(google)).access_token)
    const answer = await sendJson(
      `${google.issuer}/drive/v3/files`,
      { parents: ['appDataFolder'], ...metadata },
      { headers },
    )
    expect(answer.status).toBe(400)
    expect(answer.json.error.message).toBe('Invalid Value')
    await alive(google)
  })

  test('with prototype property names changes no other object', async ({ google }) => {
    const tokens = await signIn(google)
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
    for (const name of names) {
      const value = `{"type":"web","clientId":"1-x","email":"x@y","polluted":"yes","on":"token","fault":"http-500"}`
      for (const body of [`{"${name}":${value}}`, `{"a":"b","${name}":"x","appProperties":{"${name}":"x"}}`]) {
        const headers = { ...bearer(tokens.access_token), 'content-type': 'application/json' }
        for (const path of [...everyPath, `/emulator/v1/${name}`, `/drive/v3/files/${name}`, '/emulator/v1/faults']) {
          const answer = await send(`${google.issuer}${path}`, { method: 'POST', headers, body })
          expect(answer.body).not.toContain('The emulator failed')
        }
      }
      const form = `${name}=x&grant_type=${name}&client_id=${name}&${name}[polluted]=yes&scope=${name}&fields=${name}`
      for (const path of everyPath) {
        const posted = await postForm(`${google.issuer}${path}?${form}`, form)
        const asked = await send(`${google.issuer}${path}?${form}`, { headers: bearer(tokens.access_token) })
        expect(posted.body + asked.body).not.toContain('The emulator failed')
      }
      expect((await control(google, 'POST faults', { on: name, fault: name })).status).toBe(400)
      await configure(google, 'POST accounts', { email: `${name}@example.com`, sub: name })
      const other = await signIn(google, { account: name })
      expect((await send(`${google.issuer}/v1/userinfo`, { headers: bearer(other.access_token) })).json.sub).toBe(name)
      expect((await send(`${google.controlUrl}/requests`)).status).toBe(200)
    }
    expect({}).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('email')
    await alive(google)
  })

  test('a form of more than a megabyte is 413', async ({ google }) => {
    const answer = await postForm(`${google.issuer}/token`, `grant_type=${'x'.repeat(1024 * 1024)}`)
    expect(answer.status).toBe(413)
    expect(answer.headers['content-type']).toContain('text/html')
    await alive(google)
  })

  test('a gzipped body is read uncompressed, and the limit applies to its uncompressed size', async ({ google }) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }
    const sent = async (body: Buffer) => await send(`${google.issuer}/token`, { method: 'POST', headers, body })
    expect((await sent(gzipSync('grant_type=foo'))).json).toMatchObject({ error: 'unsupported_grant_type' })
    expect((await sent(gzipSync(`grant_type=${'x'.repeat(8 * 1024 * 1024)}`))).status).toBe(413)
    expect((await sent(Buffer.from('not gzip'))).json).toMatchObject({ error: 'invalid_request' })
    await alive(google)
  })

  test('an aborted upload does not kill it', async ({ google }) => {
    await rawBytes(google, `POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(1000)}`)
    await alive(google)
  })

  test.for([
    [64 * 1024 * 1024, 'keep-alive'],
    [64 * 1024 * 1024 + 1, 'close'],
  ] as const)(
    'of %d bytes to a lost upload is answered, and the connection is %s',
    async ([length, connection], { google }) => {
      const refused = await send(`${google.driveUrl}/upload/drive/v3/files?uploadType=resumable&upload_id=none`, {
        method: 'PUT',
        headers: { connection: 'keep-alive' },
        body: Buffer.alloc(length),
      })
      expect(refused).toMatchObject({ status: 404, headers: { connection } })
    },
  )

  test('a hundred pipelined requests on one connection get responses in order', async ({ google }) => {
    const paths = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? `/path-${index}` : '/oauth2/v3/certs'))
    const requests = paths.map(
      (path, index) => `GET ${path} HTTP/1.1\r\nhost: x\r\n${index === 99 ? 'connection: close\r\n' : ''}\r\n`,
    )
    const answers = (await rawBytes(google, requests.join(''), 20_000)).split(/^HTTP\/1\.1 /m).slice(1)
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(paths.map((path) => (path[1] === 'p' ? '404' : '200')))
    const named = answers.map((answer) => /\/path-\d+/.exec(answer)?.[0] ?? '/oauth2/v3/certs')
    expect(named).toEqual(paths)
    await alive(google)
  })

  test.for([
    { name: 'half a request line', bytes: 'GET /tok' },
    { name: 'a header that does not end', bytes: 'GET /token HTTP/1.1\r\nhost: x\r\na: b' },
    { name: 'a body that does not come', bytes: lengthOf('1000') },
    { name: 'nothing', bytes: '' },
  ])('three hundred connections that send $name do not delay other clients', async ({ bytes }, { google }) => {
    await withIdleConnections(google, 300, bytes, async () => alive(google))
    await alive(google)
  })

  test.for(['GET /oauth2/v3/certs HTTP/1.1\r\nhost: x\r\n\r\n', lengthOf('3'), lengthOf('10'), chunked, 'GET /', ''])(
    'a client that stops sending after %j and keeps reading does not kill it',
    async (bytes, { google }) => {
      const socket = connect({ port: Number(new URL(google.issuer).port), host: '127.0.0.1', allowHalfOpen: true })
      const ended = once(socket, 'end')
      socket.resume().end(bytes)
      await ended
      socket.destroy()
      await alive(google)
    },
  )

  test('a client that disconnects in the middle of a response does not kill it', async ({ google }) => {
    await configure(google, 'POST files', { count: 1, bytes: 5 * 1024 * 1024 })
    const { access_token: token } = await signIn(google)
    const listed = await send(`${google.issuer}/drive/v3/files?spaces=appDataFolder`, { headers: bearer(token) })
    const id: string = listed.json.files[0].id
    for (let round = 0; round < 20; round++) {
      const socket = connect(Number(new URL(google.issuer).port), '127.0.0.1')
      socket.write(`GET /drive/v3/files/${id}?alt=media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`)
      await once(socket, 'data')
      socket.resetAndDestroy()
    }
    await alive(google)
  })

  test('a redirect URI of any characters yields a valid header', async ({ google }) => {
    const redirectUri = 'http://127.0.0.1:9/ä\u{1F511}/\u2028?q=ü b'
    const client = google.clients[1]?.clientId ?? ''
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: redirectUri,
      scope: 'openid',
    })
    const { url } = await answerConsent(`${google.issuer}/o/oauth2/v2/auth?${query.toString()}`)
    expect(url).toContain('code=4/0A')
  })
})

test('unknown paths are Google’s HTML 404, with the path escaped', async ({ google }) => {
  const answer = await rawBytes(google, `GET /a"<b>'c&d HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 20_000)
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  expect(answer).toContain('<title>Error 404 (Not Found)!!1</title>')
  expect(answer).toContain('<code>/a&quot;&lt;b&gt;&#39;c&amp;d</code>')
})

test('an error page has Google’s text, and names the emulator only in its style', async ({ google }) => {
  const { body } = await send(`${google.issuer}/nope`)
  const [, style = ''] = /<style>([^<]*)<\/style>/.exec(body) ?? []
  expect(style).toContain('Local Google emulator. Nothing here reaches Google.')
  expect(style).toContain('prefers-color-scheme:dark')
  expect(textOf(body.replace(style, ''))).toBe(
    'Error 404 (Not Found)!!1 404. That’s an error. The requested URL /nope was not found on this server. That’s all we know.',
  )
})
