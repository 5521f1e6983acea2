import type { Server } from 'node:http'
import { Failure } from '../failures/index.ts'

/**
 * Lets a server listen, alone on its port; port 0 takes a free one.
 * @returns the port
 * @throws Failure `port_busy`, `address_unavailable`
 */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Failure('port_busy', { port })
          : new Failure('address_unavailable', { address: `${host}:${port}`, problem: error.message }),
      ),
    )
    server.listen({ host, port, exclusive: true }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server that listens has no port')
  return address.port
}
