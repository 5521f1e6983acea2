import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'

const hosts = [
  'accounts.google.com',
  'oauth2.googleapis.com',
  'openidconnect.googleapis.com',
  'people.googleapis.com',
  'www.google.com',
  'www.googleapis.com',
]

/** A proxy that stands for Google's hosts, for clients whose addresses cannot be set. */
export interface GoogleFront {
  /** The variables with which common clients use the proxy and trust its certificate. */
  readonly environment: Readonly<Record<string, string>>
  /** The hosts that clients connected to, each as often as it was. */
  readonly visited: () => readonly string[]
  readonly close: () => Promise<void>
}

/** Starts a proxy that decrypts connections to Google's hosts and passes them to the emulator; it refuses others. */
export async function startGoogleFront(emulator: string): Promise<GoogleFront> {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-front-'))
  const certificate = join(folder, 'google.pem')
  const secureContext = createCertificate(folder, certificate)
  const visited: string[] = []
  const open = new Set<Duplex>()
  const server = createServer().on('connect', ({ url }, client) => {
    const host = url?.replace(/:443$/, '') ?? ''
    visited.push(host)
    client.on('error', () => undefined)
    if (!hosts.includes(host)) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    for (const socket of pass(client, secureContext, emulator)) open.add(socket)
  })
  const port = await listen(server)
  return {
    environment: environment(`http://127.0.0.1:${port}`, certificate),
    visited: () => visited,
    close: async () => {
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function environment(proxy: string, certificate: string): Record<string, string> {
  return {
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    // Ruby reads this one for https too.
    http_proxy: proxy,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    SSL_CERT_FILE: certificate,
    REQUESTS_CA_BUNDLE: certificate,
    HTTPLIB2_CA_CERTS: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
    NODE_USE_ENV_PROXY: '1',
  }
}

/** Writes a certificate for Google's hosts that clients can trust, and returns it with its key. */
function createCertificate(folder: string, certificate: string): SecureContext {
  const key = join(folder, 'key.pem')
  const names = hosts.map((host) => `DNS:${host}`).join()
  const argv = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const files = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', [...argv, ...files, '-subj', '/CN=gsa', '-addext', `subjectAltName=${names}`], {
    stdio: 'ignore',
  })
  return createSecureContext({ key: readFileSync(key), cert: readFileSync(certificate) })
}

/** Connects a client's encrypted connection with the emulator, and returns the sockets. */
function pass(client: Duplex, secureContext: SecureContext, emulator: string): readonly Duplex[] {
  const decrypted = new TLSSocket(client, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
  const { hostname, port } = new URL(emulator)
  const google = connect(Number(port), hostname)
  const sockets = [client, decrypted, google]
  for (const socket of sockets) {
    socket.on('error', () => sockets.forEach((each) => each.destroy()))
    socket.on('close', () => sockets.forEach((each) => each.destroy()))
  }
  decrypted.pipe(google).pipe(decrypted)
  return sockets
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
