import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { generate } from '../drive/app-folder.ts'
import { runGsa } from '../support/built-gsa.ts'
import { type Gsa, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

const scope = 'https://www.googleapis.com/auth/drive.appdata'

/** The emulator behind TLS: under Google's names for clients that use the proxy, and under 127.0.0.1. */
interface Front {
  /** The environment in which a process treats it as Google. */
  readonly env: Record<string, string>
  readonly port: number
  /** The handshakes since the last call: the name in each, '' for an address. */
  readonly handshakes: () => string[]
}

async function withFront(gsa: Gsa, google: Emulator, use: (front: Front) => Promise<void>): Promise<void> {
  const [key, cert] = [join(gsa.folder, 'key.pem'), join(gsa.folder, 'cert.pem')]
  const names = 'DNS:accounts.google.com,DNS:oauth2.googleapis.com,DNS:www.googleapis.com,IP:127.0.0.1'
  const subject = ['-subj', '/CN=a local Google', '-addext', `subjectAltName=${names}`]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  )
  const sockets = new Set<Socket>()
  const joined = (socket: Socket, port: number): void => {
    const upstream = connect(port, '127.0.0.1')
    sockets.add(socket).add(upstream)
    socket.pipe(upstream).pipe(socket)
    socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  }
  const handshakes: string[] = []
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
    handshakes.push(socket.servername || '')
    joined(socket, Number(new URL(google.issuer).port))
  })
  const proxy = createServer().on('connect', (_, socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    joined(socket, portOf(tls))
  })
  for (const server of [tls, proxy]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const env = { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`, NODE_EXTRA_CA_CERTS: cert }
    await use({ env, port: portOf(tls), handshakes: () => handshakes.splice(0) })
  } finally {
    for (const socket of sockets) socket.destroy()
    for (const server of [tls, proxy]) await new Promise((resolve) => server.close(resolve))
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

describe('over TLS', () => {
  test("a run does not discover Google's endpoints, and makes one handshake with each of its hosts", async ({
    gsa,
    google,
  }) => {
    await generate(google, 2500)
    const { clientId, clientSecret } = google.clients.find(({ type }) => type === 'web')!
    const secrets = gsa.file(
      'google.json',
      JSON.stringify({ web: { client_id: clientId, client_secret: clientSecret } }),
    )
    const [oauth, apis] = ['oauth2.googleapis.com', 'www.googleapis.com']
    await withFront(gsa, google, async ({ env, handshakes }) => {
      const run = async (argv: readonly string[], stdin = ''): Promise<{ sent: string[]; handshakes: string[] }> => {
        const before = google.requests().length
        const folder = { HOME: gsa.folder, GSA_CLIENT_SECRETS: secrets }
        // The time limit is shorter than an idle connection waits, so a command that kept one alive would fail.
        const ended = await runGsa(argv, { env: { ...folder, ...lastingStore(gsa).env, ...env }, stdin })
        expect(ended.exitCode, ended.stderr).toBe(0)
        const requests = google.requests().slice(before)
        return { sent: requests.map(({ method, path }) => `${method} ${path}`), handshakes: handshakes() }
      }
      const keys = 'GET /oauth2/v3/certs'
      // Without an ID token, which would come from the emulator.
      const code = await google.createCode({ scopes: [scope] })
      expect(await run(['exchange', '-'], code)).toEqual({ sent: [keys, 'POST /token'], handshakes: [apis, oauth] })
      const list = 'GET /drive/v3/files'
      expect(await run(['drive', 'ls-appfolder'])).toEqual({ sent: [list, list, list], handshakes: [apis] })
      google.advanceClock('1h')
      expect(await run(['token', '--min-ttl', '2h'])).toEqual({ sent: ['POST /token'], handshakes: [oauth] })
      expect(await run(['revoke', '--yes'])).toEqual({ sent: ['POST /revoke', 'POST /token'], handshakes: [oauth] })
    })
  })

  test('a list of three pages takes one handshake without a proxy', async ({ gsa, google }) => {
    await generate(google, 2500)
    const { env: store } = lastingStore(gsa)
    await gsa.run('exchange', '-', { stdin: await google.createCode(), env: store })
    await withFront(gsa, google, async ({ env, port, handshakes }) => {
      const before = google.requests().length
      const ended = await runGsa(['drive', 'ls-appfolder'], {
        env: {
          HOME: gsa.folder,
          GSA_CONFIG_DIR: join(gsa.folder, 'home/gsa'),
          GSA_ISSUER: google.issuer,
          GSA_DRIVE_URL: `https://127.0.0.1:${port}`,
          ...store,
          ...env,
        },
      })
      expect(ended.exitCode, ended.stderr).toBe(0)
      expect(google.requests().slice(before)).toHaveLength(3)
      expect(handshakes()).toEqual([''])
    })
  })
})
