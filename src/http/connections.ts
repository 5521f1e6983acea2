import type * as Http from 'node:http'
import type * as Https from 'node:https'

/**
 * How long an idle connection stays open for the next request, in milliseconds: longer than the pause between two polls
 * of a device login, and shorter than the idle time-outs of servers and load balancers. A shorter time from the server
 * (`Keep-Alive: timeout`) takes precedence. Idle connections do not keep the process alive.
 */
export const idleMs = 30_000

/**
 * Returns Node's module for a protocol. It uses getBuiltinModule because importing node:http from ESM loads undici on
 * Node 22 and 24 (24 ms).
 */
export function transportOf(protocol: string): typeof Http | typeof Https {
  return protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
}

const agents = new Map<string, Http.Agent>()

/**
 * Returns the agent for direct requests, which the whole process (that is, one command) shares. It keeps connections
 * open for the next request; requests that need their own connection use an agent that only keeps TLS sessions. Node's
 * global agents are unsuitable: under NODE_USE_ENV_PROXY they send even requests for this machine through a proxy, and
 * a program that uses the library may have replaced them.
 */
export function directAgent(protocol: string, ownConnection: boolean): Http.Agent {
  const key = `${protocol} ${ownConnection}`
  const known = agents.get(key)
  if (known !== undefined) return known
  const agent = new (transportOf(protocol).Agent)({ keepAlive: !ownConnection, timeout: idleMs, scheduling: 'lifo' })
  agents.set(key, agent)
  return agent
}
