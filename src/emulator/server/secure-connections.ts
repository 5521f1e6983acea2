import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Lets an HTTP server speak TLS on every connection, and reset the TCP connection below: TLS itself has no reset.
 * Returns a function that ends all connections, even those whose handshake is not complete.
 */
export function secureConnections(
  server: Server,
  credentials: { readonly key: string; readonly cert: string },
): () => void {
  const { createSecureContext, TLSSocket } = process.getBuiltinModule('node:tls')
  const secureContext = createSecureContext(credentials)
  const serve = server.listeners('connection')
  const open = new Set<Socket>()
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const decrypted = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
    // A client that does not trust the CA, or speaks plain HTTP, is no fault of the server.
    decrypted.on('error', () => socket.destroy())
    decrypted.resetAndDestroy = () => {
      socket.resetAndDestroy()
      return decrypted.destroy()
    }
    for (const listener of serve) listener.call(server, decrypted)
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}
