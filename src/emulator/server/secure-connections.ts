import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { secureSocket } from '../http/secure-socket.ts'

/**
 * Lets an HTTP server speak TLS on every connection. Returns a function that ends all connections, even those whose
 * handshake is not complete.
 */
export function secureConnections(
  server: Server,
  credentials: { readonly key: string; readonly cert: string },
): () => void {
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  const secureContext = createSecureContext(credentials)
  const serve = server.listeners('connection')
  const open = new Set<Socket>()
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const decrypted = secureSocket(socket, { secureContext })
    for (const listener of serve) listener.call(server, decrypted)
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}
