import type { Call } from './reply.ts'

const loopbackHost = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d{1,5})?$/i

/**
 * Whether the request comes from this machine and was sent to a loopback address by name: a page that rebinds its own
 * name to 127.0.0.1 was not, and a neighbour on the network does not, whatever Host it claims.
 */
export function calledByLoopbackName(call: Call): boolean {
  return loopbackHost.test(call.headers.host ?? '') && isLoopbackAddress(call.remoteAddress)
}

const addressHost = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\]|localhost)(?::\d{1,5})?$/i

/**
 * Whether a page of another origin sent the request. Clients that are no browsers send no Origin at all. On this
 * machine a page must have been opened by address: a name of its own may be somebody else's, bound to 127.0.0.1.
 */
export function calledByForeignPage({ issuer }: { readonly issuer: string }, call: Call): boolean {
  const { host = '', origin } = call.headers
  if (origin === undefined || origin === issuer) return false
  return origin !== `http://${host}` || (isLoopbackAddress(call.remoteAddress) && !addressHost.test(host))
}

function isLoopbackAddress(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address)
}
