import type { Server } from 'node:http'
import { Failure } from '../failures/index.ts'

/**
 * Lets a server listen, alone on its port; port 0 takes a free one.
 * @returns the port
 * @throws Failure `port_busy`, `address_unavailable`
 */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(error, { host, port })))
    server.listen({ host, port, exclusive: true }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server that listens has no port')
  return address.port
}

const problems: ReadonlyMap<string, string> = new Map([
  ['EADDRNOTAVAIL', 'it is no address of this machine'],
  ['EACCES', 'permission denied'],
  ['ENOTFOUND', 'its name is not known'],
])

/** What an error of `listen` of node:net means. */
export function listenFailure(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Failure {
  const { code = '', message } = error
  if (code === 'EADDRINUSE') return new Failure('port_busy', { port }, { cause: error })
  const problem = problems.get(code) ?? message
  return new Failure('address_unavailable', { address: `${host}:${port}`, problem }, { cause: error })
}
