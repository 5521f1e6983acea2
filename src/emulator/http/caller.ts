import { createHash, timingSafeEqual } from 'node:crypto'
import type { Call } from './reply.ts'

const loopbackHost = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d{1,5})?$/i

/**
 * Returns whether a request comes from this machine and names a loopback host. A page that rebinds its own host name to
 * 127.0.0.1 names another host, and a machine on the network connects from elsewhere, whatever its Host header says.
 */
export function calledByLoopbackName(call: Call): boolean {
  return loopbackHost.test(call.headers.host ?? '') && isLoopbackAddress(call.remoteAddress)
}

/**
 * Returns the origin of the page that a browser goes to next. A browser that reached the emulator at another address
 * than its issuer's stays at that address: it would find the real Google, or nothing, at the issuer's.
 */
export function pageOrigin(
  { issuer, address }: { readonly issuer: string; readonly address: string },
  { headers }: Pick<Call, 'headers'>,
): string {
  const { host = '' } = headers
  const isBrowser = headers['sec-fetch-mode'] === 'navigate'
  if (!isBrowser || host === new URL(issuer).host || !/^[\w.:[\]-]+$/.test(host)) return issuer
  return `${new URL(address).protocol}//${host}`
}

/** Returns whether a request carries the control token (RFC 6750 section 2.1). */
export function bearsControlToken(
  { controlToken }: { readonly controlToken: string | undefined },
  call: Call,
): boolean {
  const sent = /^Bearer +(\S+) *$/i.exec(call.headers.authorization ?? '')?.[1]
  return controlToken !== undefined && sent !== undefined && timingSafeEqual(digest(sent), digest(controlToken))
}

const addressHost = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\]|localhost)(?::\d{1,5})?$/i

/**
 * Returns whether a page of another origin sent the request. Clients other than browsers send no Origin. On this
 * machine, the page must have been opened by IP address: any other host name may be a foreign one bound to 127.0.0.1.
 */
export function calledByForeignPage(
  { issuer, address }: { readonly issuer: string; readonly address: string },
  call: Call,
): boolean {
  const { host = '', origin } = call.headers
  if (origin === undefined || origin === issuer) return false
  return (
    origin !== `${new URL(address).protocol}//${host}` ||
    (isLoopbackAddress(call.remoteAddress) && !addressHost.test(host))
  )
}

// timingSafeEqual needs equal lengths.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isLoopbackAddress(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address)
}
