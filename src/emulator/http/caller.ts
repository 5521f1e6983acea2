import type { Call } from './reply.ts'

const loopbackHost = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d{1,5})?$/i

/**
 * Returns whether a request comes from this machine and names a loopback host. A page that rebinds its own host name to
 * 127.0.0.1 names another host, and a machine on the network connects from elsewhere, whatever its Host header says.
 */
export function calledByLoopbackName(call: Call): boolean {
  return loopbackHost.test(call.headers.host ?? '') && isLoopbackAddress(call.remoteAddress)
}

const addressHost = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\]|localhost)(?::\d{1,5})?$/i

/**
 * Returns whether a page of another origin sent the request. Clients other than browsers send no Origin. On this
 * machine, the page must have been opened by IP address: any other host name may be a foreign one bound to 127.0.0.1.
 */
export function calledByForeignPage({ issuer }: { readonly issuer: string }, call: Call): boolean {
  const { host = '', origin } = call.headers
  if (origin === undefined || origin === issuer) return false
  return origin !== `http://${host}` || (isLoopbackAddress(call.remoteAddress) && !addressHost.test(host))
}

function isLoopbackAddress(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address)
}
