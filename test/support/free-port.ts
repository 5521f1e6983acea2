import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Returns a port of 127.0.0.1 that was free a moment ago, for programs that must be told which one to use. It is below
 * those that Linux, macOS and Windows give out themselves: another process would soon get one of them.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

/** Occupies an address, like another program, during some work. Fails if the address is in use. */
export async function holding<T>({ host, port }: { host: string; port: number }, work: () => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host, port }, resolve)
  })
  try {
    return await work()
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
