import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Limits the number of connections of a server. Above the limit, it closes the longest idle connection of the address
 * with the most connections: a client that opens many loses its own, and new clients still get a response.
 * @param isWorking returns whether a complete request is in progress on the connection, which is then kept
 */
export function limitConnections(server: Server, limit: number, isWorking: (socket: Socket) => boolean): void {
  const byAddress = new Map<string, Set<Socket>>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const neighbours = byAddress.get(address) ?? new Set()
    byAddress.set(address, neighbours.add(socket))
    count++
    // Mutable: closed connections are removed.
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
