import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttp } from '../../src/http/request.ts'
import type { AuthorizationServer } from '../../src/oauth/authorization-server.ts'
import { type KeySource, newerServerJwks, serverJwks } from '../../src/oauth/jwks.ts'

const start = 1_800_000_000_000
let requests = 0
let headers: Record<string, string> = {}
let body = ''
let now = start
let source: KeySource
const server = createServer((_, response) => {
  requests++
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
})

beforeEach(async () => {
  ;[requests, headers, body, now] = [0, { 'cache-control': 'public, max-age=3600' }, '{"keys":[{"kid":"one"}]}', start]
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const jwksUri = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`)
  const remembered = new Map<string, string>()
  source = {
    http: createHttp({ userAgent: 'test', signal: new AbortController().signal }),
    server: { jwksUri } as AuthorizationServer,
    keyCache: {
      read: (uri) => (remembered.has(uri) ? Buffer.from(remembered.get(uri) ?? '') : undefined),
      write: (uri, content) => remembered.set(uri, content),
    },
    now: () => now,
  }
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

describe("a server's keys", () => {
  test.each([
    ['its max-age', { 'cache-control': 'public, max-age=3600, must-revalidate' }, 3599],
    ['its max-age less its age', { 'cache-control': 'max-age=3600', age: '3000' }, 599],
    ['at most a day', { 'cache-control': 'max-age=999999999' }, 86_399],
  ])('are remembered for %s', async (_, given, seconds) => {
    headers = given
    await serverJwks(source)
    now = start + seconds * 1000
    expect((await serverJwks(source)).keys).toEqual([{ kid: 'one' }])
    expect(requests).toBe(1)
    now += 1000
    await serverJwks(source)
    expect(requests).toBe(2)
  })

  test.each([
    ['no cache header', {}],
    ['no-store', { 'cache-control': 'no-store, max-age=3600' }],
    ['no-cache', { 'cache-control': 'No-Cache' }],
    ['an age over its max-age', { 'cache-control': 'max-age=10', age: '20' }],
    ['an invalid max-age', { 'cache-control': 'max-age=soon' }],
  ])('are not remembered with %s', async (_, given) => {
    headers = given
    await serverJwks(source)
    await serverJwks(source)
    expect(requests).toBe(2)
  })

  test('are fetched again if they are from the future: the clock was set back', async () => {
    await serverJwks(source)
    now = start - 3_600_000
    await serverJwks(source)
    expect(requests).toBe(2)
  })

  test('are fetched again for an unknown key, and then not for half a minute', async () => {
    await serverJwks(source)
    body = '{"keys":[{"kid":"two"}]}'
    expect((await newerServerJwks(source))?.keys).toEqual([{ kid: 'two' }])
    expect(await newerServerJwks(source)).toBeUndefined()
    now = start + 29_999
    expect(await newerServerJwks(source)).toBeUndefined()
    now = start + 30_000
    expect(await newerServerJwks(source)).toBeDefined()
    expect(requests).toBe(3)
  })

  test('are fetched when the remembered ones are damaged', async () => {
    source.keyCache?.write(source.server.jwksUri.href, '{"keys":')
    expect((await serverJwks(source)).keys).toEqual([{ kid: 'one' }])
  })

  test.each([
    ['is not a key set', '{"certs":[]}', {}],
    ['is HTML', '<html>', { 'content-type': 'text/html' }],
    ['is larger than 256 KiB', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`, {}],
  ])('are refused when the response %s', async (_, text, more) => {
    body = text
    headers = { ...headers, ...(more as Record<string, string>) }
    await expect(serverJwks(source)).rejects.toMatchObject({ code: 'invalid_answer', exitCode: 3 })
  })
})
