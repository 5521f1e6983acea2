import { createServer } from 'node:net'

/** Returns a port of 127.0.0.1 that was free a moment ago, for programs that must be told which one to use. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
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
