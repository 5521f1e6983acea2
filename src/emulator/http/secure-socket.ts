import type { Socket } from 'node:net'
import type { TLSSocket, TLSSocketOptions } from 'node:tls'

/**
 * Returns the encrypted side of a server's connection, whose bytes are plain HTTP/1.1. It can be reset: TLS itself has
 * no reset, so the TCP connection below is.
 */
export function secureSocket(
  socket: Socket,
  options: Pick<TLSSocketOptions, 'secureContext' | 'SNICallback'>,
): TLSSocket {
  const { TLSSocket } = process.getBuiltinModule('node:tls')
  const decrypted = new TLSSocket(socket, { isServer: true, ALPNProtocols: ['http/1.1'], ...options })
  // A client that does not trust the CA, hangs up or speaks plain HTTP is no fault of the server.
  decrypted.on('error', () => socket.destroy())
  decrypted.resetAndDestroy = () => {
    socket.resetAndDestroy()
    return decrypted.destroy()
  }
  return decrypted
}
