import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'

// Attacks on the proxy, by everyone who can reach it: programs of other users, web pages, and the program itself.

let google: Emulator
let proxy: { readonly host: string; readonly port: number }
let ca: string
beforeAll(async () => {
  google = await startEmulator({ impersonate: { environment: {} } })
  const { hostname, port } = new URL(google.proxy?.url ?? '')
  proxy = { host: hostname, port: Number(port) }
  ca = readFileSync(google.proxy?.caFile ?? '', 'utf8')
})
afterAll(async () => google.close())

const emulatorPort = (): string => new URL(google.driveUrl).port

/** Sends a text and returns everything that comes back until the connection ends. */
async function talk(socket: Socket, text: string): Promise<string> {
  let answer = ''
  socket.setEncoding('latin1').on('data', (part: string) => {
    answer += part
  })
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

async function toProxy(text: string): Promise<string> {
  return await talk(connect(proxy), text)
}

/** Connects to one of Google's hosts through the proxy, and returns the encrypted connection. */
async function toGoogle(host: string, servername = host): Promise<TLSSocket> {
  const socket = connect(proxy)
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(head.toString()).toBe('HTTP/1.1 200 Connection established\r\n\r\n')
  const secure = connectTls({ socket, servername, ca })
  await once(secure, 'secureConnect')
  return secure
}

describe('the proxy', () => {
  test('listens on one loopback address only', async () => {
    const socket = connect({ ...proxy, host: '127.0.0.2' })
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
  })

  test.each([
    ['GET /', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n'],
    [
      'GET with a name of its own',
      'GET /emulator/v1/requests HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    ],
    ['POST', 'POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'],
  ])('has nothing for a web page: %s', async (_, request) => {
    const answer = await toProxy(request)
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
    expect(answer).not.toMatch(/access-control/i)
  })

  const loopback = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    '127.1',
    '2130706433',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
  ]

  const own = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))

  test.each(own)('connects nobody to an address of this machine: %s', async (address) => {
    const host = address.includes(':') ? `[${address}]` : address
    expect(await toProxy(`CONNECT ${host}:${emulatorPort()} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /)
  })

  test.each(loopback)('connects nobody to this machine: CONNECT %s', async (host) => {
    const answer = await toProxy(`CONNECT ${host}:${emulatorPort()} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 (?:403|502) /)
    expect(answer).not.toContain('accounts')
  })

  test.each(loopback)('requests nothing from this machine: GET http://%s', async (host) => {
    const answer = await toProxy(
      `GET http://${host}:${emulatorPort()}/emulator/v1/requests HTTP/1.1\r\nHost: 127.0.0.1:${emulatorPort()}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 (?:403|502) /)
    expect(answer).not.toContain('"requests"')
  })

  test.each([
    '',
    'accounts.google.com',
    'accounts.google.com:0',
    'accounts.google.com:65536',
    'a b:443',
    'x:443:443',
    '[::1:443',
    'user@example.com:443',
  ])('refuses to connect to "%s"', async (authority) => {
    expect(await toProxy(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test.each([80, 8443])("refuses another port of Google's hosts, and says why: %i", async (port) => {
    const answer = await toProxy(`CONNECT www.googleapis.com:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(answer).toContain('the emulator stands in for port 443 of www.googleapis.com only')
  })

  test('says why it cannot read a request', async () => {
    const long = await toProxy(`GET http://example.com/ HTTP/1.1\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`)
    expect(long).toMatch(
      /^HTTP\/1\.1 431 [^]*The emulator cannot read this request: its headers are longer than 16 KB\.\n$/,
    )
    expect(await toProxy('no HTTP\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [^]*cannot read this request: Parse Error: .+\.\n$/,
    )
  })

  test('redirects plain HTTP for a host of Google', async () => {
    const answer = await toProxy(
      'GET http://accounts.google.com/a?b=c HTTP/1.1\r\nHost: accounts.google.com\r\nConnection: close\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 301 [\s\S]*location: https:\/\/accounts\.google\.com\/a\?b=c\r\n/)
  })
})

describe('a connection to a host of Google', () => {
  const get = (host: string, path = '/oauth2/v3/certs'): string =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

  test('is answered by the emulator', async () => {
    expect(await talk(await toGoogle('www.googleapis.com'), get('www.googleapis.com'))).toMatch(
      /^HTTP\/1\.1 200 OK[\s\S]*"keys"/,
    )
  })

  test('does not become one to another host by SNI', async () => {
    await expect(toGoogle('www.googleapis.com', 'accounts.google.com')).rejects.toThrow('disconnected')
    await expect(toGoogle('www.googleapis.com', 'example.com')).rejects.toThrow('disconnected')
  })

  test.each(['accounts.google.com', 'example.com', '127.0.0.1', 'www.googleapis.com.evil.example', ''])(
    'does not become one to another host by Host: %s',
    async (host) => {
      expect(await talk(await toGoogle('www.googleapis.com'), get(host))).toMatch(/^HTTP\/1\.1 421 /)
    },
  )

  test.each(['requests', 'reset', 'proxy', 'codes'])('does not lead to the control API: %s', async (action) => {
    const path = `/emulator/v1/${action}`
    const answer = await talk(await toGoogle('www.googleapis.com'), get('www.googleapis.com', path))
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
  })

  const post = 'POST /token HTTP/1.1\r\nHost: oauth2.googleapis.com\r\n'
  const second = 'GET /smuggled HTTP/1.1\r\nHost: oauth2.googleapis.com\r\n\r\n'

  test.each([
    ['two lengths', `${post}Content-Length: 0\r\nContent-Length: ${second.length}\r\n\r\n${second}`],
    [
      'a length and chunks',
      `${post}Content-Length: ${second.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    ],
    ['chunks that are not the last coding', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${second}`],
    ['a folded header', `${post}Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${second}`],
    ['a length with a sign', `${post}Content-Length: +0\r\n\r\n${second}`],
    ['a blank before the colon', `${post}Content-Length : ${second.length}\r\n\r\n${second}`],
    ['a chunk size with a sign', `${post}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${second}`],
  ])('does not let a second request hide in the first: %s', async (_, request) => {
    const answer = await talk(await toGoogle('oauth2.googleapis.com'), request)
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(google.requests().map(({ path }) => path)).not.toContain('/smuggled')
  })

  test('can be reset by a fault', async () => {
    google.arm({ on: 'certs', fault: 'reset' })
    const socket = await toGoogle('www.googleapis.com')
    socket.write(get('www.googleapis.com'))
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
  })

  test('says why it cannot be read', async () => {
    const request = `GET / HTTP/1.1\r\nHost: www.googleapis.com\r\nCookie: ${'a'.repeat(17_000)}\r\n\r\n`
    const answer = await talk(await toGoogle('www.googleapis.com'), request)
    expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*headers are longer than 16 KB\.\n$/)
  })

  test('is one of 500 at once', async () => {
    const connections = Array.from({ length: 500 }, async () =>
      talk(await toGoogle('www.googleapis.com'), get('www.googleapis.com')),
    )
    const answers = await Promise.all(connections)
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200 '))).toHaveLength(500)
  })
})
