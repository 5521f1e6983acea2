import type * as Http from 'node:http'
import type * as Https from 'node:https'

/**
 * How long an open connection waits for the next request, in milliseconds: longer than the pause between two polls of a
 * device login, and shorter than servers and what stands before them keep a silent one. What a server says itself
 * (`Keep-Alive: timeout`) counts if it is less. A connection that waits keeps no process alive.
 */
export const idleMs = 30_000

/**
 * The module of Node that speaks a protocol; getBuiltinModule, because importing node:http from ESM loads
 * undici on Node 22 and 24 (24 ms).
 */
export function transportOf(protocol: string): typeof Http | typeof Https {
  return protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
}

const agents = new Map<string, Http.Agent>()

/**
 * The agent for requests that go straight to a server, one for all that this process sends, which is one command. It
 * keeps connections for the next request; a request that wants one of its own gets it from an agent that keeps nothing
 * but TLS sessions. Node's global agents would not do: under NODE_USE_ENV_PROXY they send even what is for this machine
 * through a proxy, and whoever uses the library may have replaced them.
 */
export function directAgent(protocol: string, ownConnection: boolean): Http.Agent {
  const key = `${protocol} ${ownConnection}`
  const known = agents.get(key)
  if (known !== undefined) return known
  const agent = new (transportOf(protocol).Agent)({ keepAlive: !ownConnection, timeout: idleMs, scheduling: 'lifo' })
  agents.set(key, agent)
  return agent
}
