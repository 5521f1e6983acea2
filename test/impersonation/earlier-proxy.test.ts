import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createPrivateCa, type ServerCredentials } from '../../src/emulator/impersonation/private-ca.ts'
import { createTemporaryFolder } from '../../src/core/temporary-folder.ts'
import { runGsa } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'

// The proxy of a company, say, that programs used before gsa set another one.

beforeEach((context) => needs(context, 'curl and jq'))

const run = ['emulator', 'run'] as const
const curl = ['--', 'curl', '-sS'] as const
const discovery = 'https://accounts.google.com/.well-known/openid-configuration'

interface EarlierProxy {
  /** The variables that name it. */
  readonly env: Readonly<Record<string, string>>
  readonly host: string
  /** The requests that arrived, each with its Proxy-Authorization. */
  readonly arrived: readonly string[]
}

/** Starts a proxy that refuses tunnels and answers plain requests; it speaks TLS if it has credentials for that. */
async function earlierProxy(status: number, credentials = '', tls?: ServerCredentials): Promise<EarlierProxy> {
  const arrived: string[] = []
  const note = ({ method, url, headers }: IncomingMessage): void => {
    arrived.push([method, url, headers['proxy-authorization']].join(' ').trim())
  }
  const answer: RequestListener = (request, response) => {
    note(request)
    response.writeHead(status).end('from the proxy')
  }
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer)
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request)
    socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = `${tls === undefined ? 'http' : 'https'}://${credentials}${host}`
  return { arrived, host, env: { HTTPS_PROXY: address, http_proxy: address } }
}

test('it still gets what is not for the emulator, with its credentials', async () => {
  const { env, arrived } = await earlierProxy(403, 'ada:l%6fve@')
  const urls = ['https://example.com/', 'https://gmail.googleapis.com/', 'http://example.com/a?b=c', discovery]
  const ended = await runGsa([...run, ...curl, ...urls], { env })
  const credentials = `Basic ${Buffer.from('ada:love').toString('base64')}`
  expect(arrived).toEqual([
    `CONNECT example.com:443 ${credentials}`,
    `CONNECT gmail.googleapis.com:443 ${credentials}`,
    `GET http://example.com/a?b=c ${credentials}`,
  ])
  expect(ended.stdout).toMatch(/^from the proxy\{[^]*https:\/\/accounts\.google\.com/)
  expect(ended.stderr).toContain(
    'gmail.googleapis.com is not part of the emulator. curl is connected to the real host.',
  )
})

test('it may speak TLS', async () => {
  const { certificatePem, serverCredentials } = createPrivateCa(['127.0.0.1'])
  const { path, remove } = createTemporaryFolder('gsa-earlier-proxy-')
  onTestFinished(remove)
  const caFile = join(path, 'ca.pem')
  writeFileSync(caFile, certificatePem)
  const { env, arrived } = await earlierProxy(403, '', serverCredentials)
  const argv = [...run, ...curl, 'https://example.com/', 'http://example.com/']
  const ended = await runGsa(argv, { env: { ...env, NODE_EXTRA_CA_CERTS: caFile } })
  expect(arrived, JSON.stringify(ended)).toEqual(['CONNECT example.com:443', 'GET http://example.com/'])
  expect(ended.stdout).toBe('from the proxy')
})

test('it is not used for the hosts and ports in NO_PROXY', async () => {
  const { env, arrived } = await earlierProxy(403)
  const urls = ['https://a.invalid:8443/', 'https://a.invalid/', 'https://b.invalid/']
  const noProxy = { no_proxy: 'a.invalid:8443 B.invalid' }
  await runGsa([...run, ...curl, '--noproxy', '', ...urls], { env: { ...env, ...noProxy } })
  expect(arrived).toEqual(['CONNECT a.invalid:443'])
})

test('it is named once if it wants a password, which the program must not be asked for', async () => {
  const { env, host } = await earlierProxy(407)
  const shown = ['-w', String.raw`%{response_code} %{http_connect}\n`]
  const urls = ['https://example.com/', 'http://example.com/']
  const ended = await runGsa([...run, '--quiet', ...curl, ...shown, ...urls], { env })
  const sentence = `the proxy ${host} wants a user name and password`
  expect(ended.stdout).toBe(`000 502\ngsa emulator: ${sentence}\n502 000\n`)
  expect(ended.stderr.split(`${sentence.replace('the', 'The')}: add them to its address`)).toHaveLength(2)
})

test('it is named once if it uses SOCKS, which gsa cannot', async () => {
  const env = { ALL_PROXY: 'socks5://ada:secret@127.0.0.1:1' }
  const ended = await runGsa([...run, '--quiet', ...curl, 'https://a.invalid/', 'http://a.invalid/'], { env })
  expect(ended.stderr.split('gsa cannot use the proxy socks5://127.0.0.1:1, only http and https ones')).toHaveLength(2)
  expect(ended.stderr).not.toContain('secret')
})
