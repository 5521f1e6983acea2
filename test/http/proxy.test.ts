import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxy, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { proxyFor } from '../../src/http/proxy.ts'
import { createHttp } from '../../src/http/request.ts'
import { runGsa } from '../support/built-gsa.ts'

const google = new URL('https://oauth2.googleapis.com/token')

describe('the proxy from the environment', () => {
  test.each<[string, Record<string, string>, string, string | undefined]>([
    ['is used for https', { HTTPS_PROXY: 'http://p:1' }, google.href, 'http://p:1/'],
    [
      'may be set by the lower-case variable, which takes precedence',
      { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2' },
      google.href,
      'http://q:2/',
    ],
    ['may be the one for all protocols', { ALL_PROXY: 'http://p:1' }, google.href, 'http://p:1/'],
    ['is unset by default', {}, google.href, undefined],
    ['is unset if the variable is empty', { HTTPS_PROXY: '' }, google.href, undefined],
    ['is not the one for http', { HTTP_PROXY: 'http://p:1' }, google.href, undefined],
    ['is never used for 127.0.0.1', { HTTPS_PROXY: 'http://p:1' }, 'https://127.0.0.1:8443/', undefined],
    ['is never used for [::1]', { HTTPS_PROXY: 'http://p:1' }, 'https://[::1]:8443/', undefined],
    ['is never used for localhost', { HTTPS_PROXY: 'http://p:1' }, 'https://localhost/', undefined],
    [
      'is skipped for a host',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x, oauth2.googleapis.com' },
      google.href,
      undefined,
    ],
    ['is skipped for a domain', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'googleapis.com' }, google.href, undefined],
    [
      'is skipped for a domain with a dot',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.googleapis.com' },
      google.href,
      undefined,
    ],
    [
      'is skipped for a domain with a star',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*.googleapis.com' },
      google.href,
      undefined,
    ],
    ['is skipped for everything', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, google.href, undefined],
    ['is skipped for a port', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'googleapis.com:443' }, google.href, undefined],
    ['is skipped for an address', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.1.2.3' }, 'https://10.1.2.3/', undefined],
    [
      'is skipped for an IPv6 address',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'fd00::1' },
      'https://[fd00::1]/',
      undefined,
    ],
    [
      'is skipped for one in brackets',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: '[fd00::1]:443' },
      'https://[fd00::1]/',
      undefined,
    ],
    [
      'is used for another IPv6 address',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'fd00::1' },
      'https://[fd00::]/',
      'http://p:1/',
    ],
    [
      'is used for another port',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'googleapis.com:8443' },
      google.href,
      'http://p:1/',
    ],
    [
      'is used for a domain with only the same ending',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'leapis.com' },
      google.href,
      'http://p:1/',
    ],
  ])('%s', (_, env, url, proxy) => {
    expect(proxyFor(new URL(url), env)?.href).toBe(proxy)
  })

  test('must be a URL, and is not shown if it is not', () => {
    const wrong = expect.objectContaining({
      code: 'url_not_allowed',
      message: expect.not.stringContaining('hunter2') as string,
    }) as Error
    expect(() => proxyFor(google, { HTTPS_PROXY: 'user:hunter2@proxy:8080' })).toThrow(wrong)
  })
})

describe('through a proxy', () => {
  let proxy: Server
  let onConnect: (socket: Socket) => void
  let env: Record<string, string>
  let folder: string
  const sockets = new Set<Socket>()

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gsa-proxy-'))
    proxy = createProxy().on('connect', (_, socket: Socket) => onConnect(socket))
    proxy.on('connection', (socket: Socket) => sockets.add(socket))
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    await new Promise((resolve) => proxy.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })

  const send = async (): Promise<unknown> =>
    createHttp({ userAgent: 'test', signal: new AbortController().signal, env }).send({
      method: 'POST',
      url: google,
      form: { x: '1' },
    })

  test("the proxy's own error is never reported as the server's", async () => {
    const body = '{"error":"invalid_grant","error_description":"Token has been expired or revoked."}'
    onConnect = (socket) =>
      socket.end(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    await expect(send()).rejects.toMatchObject({ code: 'proxy_refused', details: { status: 400 } })
  })

  test('a proxy that requires a password has its own failure', async () => {
    onConnect = (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
    await expect(send()).rejects.toMatchObject({
      code: 'proxy_refused',
      exitCode: 3,
      fix: expect.stringContaining('NAME:PASSWORD') as string,
    })
  })

  test('a proxy that opens the TLS connection itself is not trusted', async () => {
    onConnect = (socket) => {
      const forged =
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"access_token":"x","token_type":"Bearer"}'
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.once('data', () => socket.write(forged))
    }
    await expect(send()).rejects.toMatchObject({ code: 'tls_failed', exitCode: 3 })
  })

  /**
   * Logs in at an issuer behind the proxy that has this certificate and is another issuer; returns how far gsa gets.
   */
  async function logIn(issuer: string, [key, cert]: KeyPair, more: Record<string, string> = {}): Promise<JsonObject> {
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"issuer":"https://another.example"}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onConnect = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const upstream = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.pipe(upstream).pipe(socket)
      socket.on('error', () => upstream.destroy())
      upstream.on('error', () => socket.destroy())
    }
    try {
      const secrets = join(folder, 'client.json')
      writeFileSync(secrets, '{"installed":{"client_id":"1-a","client_secret":"s"}}')
      const argv = ['login', '--no-browser', '--json', '--issuer', issuer, '--client-secrets', secrets]
      return (await runGsa(argv, { env: { ...env, HOME: folder, GSA_STORE: 'memory', ...more } })).error
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  const isReached = {
    code: 'invalid_answer',
    details: { problem: expect.stringContaining('another.example') as string },
  }

  test('gsa reaches a server whose certificate it is told to trust, and no other', async () => {
    const pair = certificate(folder, 'DNS:idp.example')
    const issuer = 'https://idp.example'
    expect(await logIn(issuer, pair, { NODE_EXTRA_CA_CERTS: pair[1] })).toMatchObject(isReached)
    expect((await logIn(issuer, pair))['code']).toBe('tls_failed')
    const switchedOff = await logIn(issuer, pair, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(switchedOff).toMatchObject({ code: 'tls_switched_off', exitCode: 2 })
  })

  test.each<[issuer: string, name: string]>([
    ['https://10.1.2.3', 'IP:10.1.2.3'],
    ['https://10.1.2.3:8443', 'IP:10.1.2.3'],
    ['https://[fd00::1]', 'IP:fd00::1'],
    ['https://[fd00:0:0::a01:203]', 'IP:fd00::10.1.2.3'],
    ['https://idp.example', 'DNS:idp.example'],
    ['https://login.idp.example', 'DNS:*.idp.example'],
  ])('%s may have a certificate for %s', async (issuer, name) => {
    const pair = certificate(folder, name)
    expect(await logIn(issuer, pair, { NODE_EXTRA_CA_CERTS: pair[1] })).toMatchObject(isReached)
  })

  test.each<[issuer: string, name: string]>([
    ['https://10.1.2.3', 'DNS:localhost'],
    ['https://10.1.2.3', 'DNS:10.1.2.3'],
    ['https://10.1.2.3', 'IP:10.1.2.4'],
    ['https://10.1.2.3', 'IP:127.0.0.1'],
    ['https://[fd00::1]', 'DNS:localhost'],
    ['https://[fd00::1]', 'IP:fd00::2'],
    ['https://[fd00::1]', 'IP:::1'],
    ['https://idp.example', 'DNS:localhost'],
    ['https://idp.example', 'DNS:idp.example.org'],
  ])('%s may not have a certificate for %s, whatever the proxy is called', async (issuer, name) => {
    const pair = certificate(folder, name)
    const trusted = { NODE_EXTRA_CA_CERTS: pair[1] }
    const namedProxy = { HTTPS_PROXY: env['HTTPS_PROXY']?.replace('127.0.0.1', 'localhost') ?? '' }
    expect((await logIn(issuer, pair, trusted))['code']).toBe('tls_failed')
    expect((await logIn(issuer, pair, { ...trusted, ...namedProxy }))['code']).toBe('tls_failed')
  })
})

type KeyPair = readonly [key: string, cert: string]

/** Creates a self-signed certificate for a name (`DNS:…` or `IP:…`); returns the paths of key and certificate. */
function certificate(folder: string, name: string): KeyPair {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=idp', '-addext', `subjectAltName=${name}`]
  execFileSync('openssl', ['req', ...form, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
  return [key, cert]
}
