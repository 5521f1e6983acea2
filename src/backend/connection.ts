import type { Socket } from 'node:net'
import type { Failure } from '../failures/index.ts'
import type { SocketOwner } from '../http/local-sockets.ts'

/** What is known of a connection. Mutable: each request and each end changes it. */
export interface Connection {
  /** Requests that are being worked on. */
  underWay: number
  /** Whether nothing more is taken from it. */
  isEnding: boolean
  /** Whether a request on it was refused unread: the requests behind it get no answer. */
  isTurnedAway: boolean
  /** Whether what comes on it is no HTTP any more, so that nothing is worth waiting for. */
  isBroken: boolean
  /** Fails the request that waits to be admitted, or whose body is being read. */
  giveUp: ((failure: Failure) => void) | undefined
  /** Who is at the other end; undefined until the first request asks. */
  peer: Promise<SocketOwner> | undefined
  readonly closed: Promise<void>
}

const connections = new WeakMap<Socket, Connection>()

/** What is known of a connection, from its first request on. */
export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket)
  if (known !== undefined) return known
  const closed = socket.destroyed
    ? Promise.resolve()
    : new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const connection: Connection = {
    underWay: 0,
    isEnding: false,
    isTurnedAway: false,
    isBroken: false,
    giveUp: undefined,
    peer: undefined,
    closed,
  }
  connections.set(socket, connection)
  return connection
}
