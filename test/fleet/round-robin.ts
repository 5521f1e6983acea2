import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A load balancer that gives each connection to the next server. */
export interface RoundRobin {
  readonly port: number
  close(): Promise<void>
}

/** Starts a load balancer on loopback, in front of servers with these ports. */
export async function startRoundRobin(ports: readonly number[]): Promise<RoundRobin> {
  const open = new Set<Socket>()
  let next = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const backend = connect({ port: ports[next++ % ports.length] ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    for (const [one, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      open.add(one)
      // A broken connection breaks on both sides.
      one.on('error', () => other.destroy())
      one.on('close', () => open.delete(one))
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
