import type { Server } from 'node:http'
import { createServer, type Server as NetServer } from 'node:net'
import { Failure, isFailure } from '../failures/index.ts'

/** A host and port to listen on. */
interface Address {
  readonly host: string
  readonly port: number
}

// Errors of an operating system without an IPv6 loopback address.
const noIPv6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])
const portsToTry = 5

/**
 * Makes a server listen, as the only one on its port; port 0 picks a free one. `localhost` means 127.0.0.1 and, if
 * available, [::1]: a browser may use either, and another program on the other address would receive our requests.
 * @returns the port
 * @throws Failure `port_busy`, `localhost_taken`, `address_unavailable`
 */
export async function listen(server: Server, { host, port }: Address): Promise<number> {
  if (host !== 'localhost') return listenOn(server, { host, port })
  for (let attempt = 1; ; attempt++) {
    const chosen = await listenOn(server, { host: '127.0.0.1', port })
    try {
      await joinIPv6(server, chosen)
      return chosen
    } catch (error) {
      await new Promise((resolve) => server.close(resolve))
      if (port !== 0 || attempt === portsToTry) throw error
    }
  }
}

/** Makes a server also accept connections on [::1] while it listens. Does nothing if that address does not exist. */
async function joinIPv6(server: Server, port: number): Promise<void> {
  const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
  try {
    await listenOn(other, { host: '::1', port })
  } catch (error) {
    const { code } = (error as Failure).cause as NodeJS.ErrnoException
    if (code !== undefined && noIPv6.has(code)) return
    if (isFailure(error, 'port_busy')) throw new Failure('localhost_taken', { port }, { cause: error })
    throw error
  }
  // Only the main server keeps the process alive.
  other.unref()
  server.once('close', () => other.close())
}

async function listenOn(server: NetServer, { host, port }: Address): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(listenFailure(error, { host, port }))
    server.once('error', onError)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError)
      // A connection that could not be accepted concerns only its own client.
      server.on('error', () => undefined)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server that listens has no port')
  return address.port
}

const problems: ReadonlyMap<string, string> = new Map([
  ['EADDRNOTAVAIL', 'it is not an address of this machine'],
  ['EACCES', 'permission denied'],
  ['ENOTFOUND', 'its name cannot be resolved'],
])

/** Returns the failure for an error of node:net's `listen`. */
export function listenFailure(error: NodeJS.ErrnoException, { host, port }: Address): Failure {
  const { code = '', message } = error
  if (code === 'EADDRINUSE') return new Failure('port_busy', { port }, { cause: error })
  const problem = problems.get(code) ?? message
  return new Failure('address_unavailable', { address: `${host}:${port}`, problem }, { cause: error })
}
