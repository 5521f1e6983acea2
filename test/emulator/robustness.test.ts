import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { exchange, postForm, send } from './raw-http.ts'
import { test } from './with-google.ts'

/** Writes bytes to the port and returns what comes back until the connection ends. */
async function rawBytes(google: Emulator, bytes: string | Buffer): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect(Number(new URL(google.issuer).port), '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(received))
    socket.setTimeout(150, () => socket.destroy())
    socket.write(bytes)
  })
}

const alive = async (google: Emulator): Promise<void> => {
  expect((await exchange(google, await google.createCode())).status).toBe(200)
}

const hostileRequests = [
  { name: 'no request line', bytes: 'garbage\r\n\r\n' },
  { name: 'zero bytes', bytes: '\0\0\0\0' },
  { name: 'no host', bytes: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'a path of slashes', bytes: 'GET // HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'an absolute URL', bytes: 'GET http://evil.example/token HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'a broken escape in a file id', bytes: 'GET /drive/v3/files/%E0%A4%A HTTP/1.1\r\nhost: x\r\n\r\n' },
  {
    name: 'broken escapes in a query',
    bytes: 'GET /o/oauth2/v2/auth?%%%&=&&redirect_uri=%00 HTTP/1.1\r\nhost: x\r\n\r\n',
  },
  { name: 'a very long path', bytes: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n` },
  { name: 'a body that ends early', bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc' },
  { name: 'a broken chunk', bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n' },
  {
    name: 'two lengths',
    bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  {
    name: 'broken JSON',
    bytes: 'POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[[',
  },
  { name: 'an unknown method', bytes: 'BREW /pot HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'OPTIONS *', bytes: 'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n' },
  { name: 'CONNECT', bytes: 'CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n' },
  {
    name: 'an upgrade',
    bytes: 'GET /v1/userinfo HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  },
]

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
    for (let round = 0; round < 200; round += 1) {
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

  test('a form of more than a megabyte is 413', async ({ google }) => {
    const answer = await postForm(`${google.issuer}/token`, `grant_type=${'x'.repeat(1024 * 1024)}`)
    expect(answer.status).toBe(413)
    expect(answer.headers['content-type']).toContain('text/html')
    await alive(google)
  })

  test('a gzipped body counts as what it holds, also against the limit', async ({ google }) => {
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

  test('a redirect URI of any characters gives a header that can be sent', async ({ google }) => {
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
  const answer = await rawBytes(google, `GET /a"<b>'c&d HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  expect(answer).toContain('<title>Error 404 (Not Found)!!1</title>')
  expect(answer).toContain('<code>/a&quot;&lt;b&gt;&#39;c&amp;d</code>')
})
