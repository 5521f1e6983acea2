import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Keeps the number of connections of a server at a limit. For each one too many, the address with the most
 * connections loses the one that has waited longest: a client that opens many loses its own, and a newcomer that
 * sends its request at once is answered.
 * @param isWorking whether a request of the connection is whole and being worked on: such a connection is kept
 */
export function limitConnections(server: Server, limit: number, isWorking: (socket: Socket) => boolean): void {
  const byAddress = new Map<string, Set<Socket>>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const neighbours = byAddress.get(address) ?? new Set()
    byAddress.set(address, neighbours.add(socket))
    count++
    // Mutable: a connection that ends is taken out of those of its address.
    const forget = (one: Socket, ones: Set<Socket>, from: string): void => {
      if (!ones.delete(one)) return
      count--
      if (ones.size === 0) byAddress.delete(from)
    }
    socket.once('close', () => forget(socket, neighbours, address))
    if (count <= limit) return
    const [crowded, ones] = [...byAddress].reduce((most, other) => (other[1].size > most[1].size ? other : most))
    const victim = [...ones].find((one) => !isWorking(one)) ?? socket
    forget(victim, victim === socket ? neighbours : ones, victim === socket ? address : crowded)
    victim.destroy()
  })
}
