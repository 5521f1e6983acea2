import type { Socket } from 'node:net'
import type { Failure } from '../failures/index.ts'
import type { SocketOwner } from '../http/local-sockets.ts'

/** The state of a connection. Mutable: each request changes it. */
export interface Connection {
  /** The number of requests in progress. */
  underWay: number
  /** Whether further requests on it are ignored. */
  isEnding: boolean
  /** Whether a request on it was refused unread: later requests get no response. */
  isTurnedAway: boolean
  /** Whether it no longer carries valid HTTP, so that waiting is pointless. */
  isBroken: boolean
  /** Fails the request that waits for admission, or whose body is being read. */
  giveUp: ((failure: Failure) => void) | undefined
  /** The user at the other end; undefined until the first request needs it. */
  peer: Promise<SocketOwner> | undefined
  readonly closed: Promise<void>
}

const connections = new WeakMap<Socket, Connection>()

/** Returns the state of a connection, created with its first request. */
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
