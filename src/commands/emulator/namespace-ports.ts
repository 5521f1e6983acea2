import { randomInt } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Where a server on this machine listens. */
interface Port {
  readonly host: string
  readonly port: number
}

/** Where connections go: to a server, or to a function of this process. */
export type Destination = Port | ((socket: Socket) => void)

/** Servers that pass connections on, as bytes. */
export interface Relays {
  /** Passes the connections of a server on. */
  readonly add: (server: Server, to: Destination) => void
  readonly close: () => void
}

/** Returns relays. A connection that one side resets is reset on the other side, so that faults stay what they are. */
export function createRelays(): Relays {
  const open = new Set<Socket | Server>()
  const link = (from: Socket, to: Socket): void => {
    open.add(from)
    from.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNRESET') to.resetAndDestroy()
    })
    from.once('close', () => {
      open.delete(from)
      to.destroy()
    })
    from.setNoDelay().pipe(to)
  }
  return {
    add: (server, to) => {
      open.add(server)
      if (typeof to === 'function') {
        server.on('connection', to)
        return
      }
      // Either side may end its half first.
      Object.assign(server, { allowHalfOpen: true })
      server.on('connection', (client) => {
        const socket = connect({ ...to, allowHalfOpen: true })
        link(client, socket)
        link(socket, client)
      })
    },
    close: () => {
      for (const each of open) {
        if ('destroy' in each) each.destroy()
        else each.close()
      }
    },
  }
}

/** Listens on port 443 of a random loopback address, where no other server is; undefined if this user may not. */
export async function listenOnHttpsPort(): Promise<{ readonly server: Server; readonly address: string } | undefined> {
  const address = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(443, address, () => resolve({ server, address }))
  })
}
