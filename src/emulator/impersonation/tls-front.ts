import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { createPatientServer } from '../http/patient-server.ts'
import { secureSocket } from '../http/secure-socket.ts'
import { googleHosts } from './google-hosts.ts'
import type { ServerCredentials } from './private-ca.ts'

/** Terminates TLS for Google's hosts. */
export interface TlsFront {
  /**
   * Takes over a connection whose client expects `host`, or whichever of Google's hosts it names in its TLS handshake.
   * A handshake with another name is refused.
   */
  readonly accept: (socket: Socket, host?: string) => void
  readonly close: () => Promise<void>
}

/**
 * Starts a front that passes requests for Google's hosts to `serve`. It speaks HTTP/1.1 only. A request whose Host is
 * not the name of its TLS connection gets 421 (RFC 9110 section 15.5.20).
 */
export function startTlsFront({ key, cert }: ServerCredentials, serve: RequestListener): TlsFront {
  const secureContext = createSecureContext({ key, cert })
  const server = createPatientServer((request, response) => {
    const { servername } = request.socket as TLSSocket
    const host = request.headers.host?.replace(/:443$/, '').toLowerCase() ?? ''
    if (googleHosts.includes(host) && (typeof servername !== 'string' || servername.toLowerCase() === host)) {
      serve(request, response)
      return
    }
    const type = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
    response.writeHead(421, type).end('The emulator stands in for another host on this connection.\n')
  })
  const open = new Set<Socket>()
  return {
    accept: (socket, host) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      const decrypted = secureSocket(socket, {
        secureContext,
        SNICallback: (sent, done) => {
          const name = sent.toLowerCase()
          const isExpected = host === undefined ? googleHosts.includes(name) : name === host
          done(isExpected ? null : new Error(`the emulator does not stand in for ${name} here`))
        },
      })
      server.emit('connection', decrypted)
    },
    close: async () => await closeServer(server, open),
  }
}

/** Ends a server's connections, stops listening and waits until it has. */
export async function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  for (const socket of open) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}
