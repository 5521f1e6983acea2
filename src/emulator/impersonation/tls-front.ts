import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { googleHosts } from './google-hosts.ts'
import type { ServerCredentials } from './private-ca.ts'

const http = process.getBuiltinModule('node:http')

/** Terminates TLS for Google's hosts. */
export interface TlsFront {
  /**
   * Takes over a connection whose client expects `host`, or whichever of Google's hosts it names in its TLS handshake.
   * A handshake with another name is refused; `refused` gets the name.
   */
  readonly accept: (socket: Socket, host?: string, refused?: (host: string) => void) => void
  readonly close: () => Promise<void>
}

/**
 * Starts a front that passes requests for Google's hosts to `serve`. It speaks HTTP/1.1 only. A request whose Host is
 * not the name of its TLS connection gets 421 (RFC 9110 section 15.5.20).
 */
export function startTlsFront({ key, cert }: ServerCredentials, serve: RequestListener): TlsFront {
  const secureContext = createSecureContext({ key, cert })
  const server = http.createServer((request, response) => {
    const { servername } = request.socket as TLSSocket
    const host = request.headers.host?.replace(/:443$/, '').toLowerCase() ?? ''
    if (googleHosts.includes(host) && (typeof servername !== 'string' || servername.toLowerCase() === host)) {
      serve(request, response)
      return
    }
    const type = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
    response.writeHead(421, type).end('The emulator stands in for another host on this connection.\n')
  })
  // Like the emulator itself: an upload may take long, and a pause between two requests is no network fault.
  server.keepAliveTimeout = 60_000
  server.requestTimeout = 0
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  const open = new Set<Socket>()
  return {
    accept: (socket, host, refused) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      const decrypted = new TLSSocket(socket, {
        isServer: true,
        secureContext,
        ALPNProtocols: ['http/1.1'],
        SNICallback: (sent, done) => {
          const name = sent.toLowerCase()
          const isExpected = host === undefined ? googleHosts.includes(name) : name === host
          if (!isExpected) refused?.(name)
          done(isExpected ? null : new Error(`the emulator does not stand in for ${name} here`))
        },
      })
      // A client that does not trust the CA, or hangs up, is not a fault of the front.
      decrypted.on('error', () => socket.destroy())
      resettable(decrypted, socket)
      server.emit('connection', decrypted)
    },
    close: async () => await closeServer(server, open),
  }
}

/** Lets the fault `reset` reach the TCP connection: a TLS connection alone cannot be reset. */
function resettable(decrypted: TLSSocket, socket: Socket): void {
  decrypted.resetAndDestroy = () => {
    socket.resetAndDestroy()
    return decrypted.destroy()
  }
}

async function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  for (const socket of open) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}
