import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { Secret } from '../core/secret.ts'
import { Failure, masked } from '../failures/index.ts'
import { sharedPeerLookup } from '../http/local-sockets.ts'
import { connectionOf } from './connection.ts'

/** Who may send a code, decided before a byte of the body is read. */
export interface RequestRules {
  readonly scheme: 'http' | 'https'
  /** Names beside `localhost` and addresses that lead to this machine. */
  readonly hostNames: readonly string[]
  /** Whether requests may come from other machines, and so for any address. */
  readonly isOpenToNetwork: boolean
  /** Whether other users of this machine are refused, where the system tells them apart. */
  readonly refusesOtherUsers: boolean
  /** Asked for in `X-Pairing-Token`; undefined asks for none. */
  readonly pairingToken: Secret | undefined
  /** Origins of pages that may send codes although they are not of this server. */
  readonly allowedOrigins: readonly string[]
}

/** The head of a request. */
export interface RequestHead {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** The path that codes are taken at, as in the guides. */
export const codePath = '/authcode'

/** The longest body that is read, in bytes: a code and an ID token have room in it several times over. */
export const longestBodyBytes = 16 * 1024

// The Android emulator calls the machine that it runs on by this address.
const androidEmulatorHost = '10.0.2.2'

const peerOwner = sharedPeerLookup()

/**
 * Admits a connection or throws: on loopback, every user of the machine can connect, and gsa would
 * store his code as an account.
 * @throws Failure `request_user_foreign`
 */
export async function admitUser(socket: Socket, { refusesOtherUsers }: RequestRules): Promise<void> {
  if (!refusesOtherUsers) return
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket
  const connection = connectionOf(socket)
  connection.peer ??= peerOwner(
    { address: localAddress, port: localPort },
    { address: remoteAddress, port: remotePort },
  )
  const owner = await connection.peer
  if (owner === 'foreign' || owner === 'nobody') throw new Failure('request_user_foreign', {})
}

/**
 * Lets a request in or throws. The guides' defence against forged requests rests on X-Requested-With: a foreign page
 * can send it only after a preflight request, which is refused here. Host and Origin are held against names that were
 * rebound to this address and against browsers that send forms without asking (RFC 9700 section 4.7).
 * @returns the origin that the answer must name for the browser to hand it over; undefined where no page asks
 * @throws Failure `request_host_foreign`, `request_path_unknown`, `request_method_refused`, `request_origin_foreign`,
 *   `request_header_missing`, `pairing_token_refused`, `request_too_long`
 */
export function admit({ method, url, headers }: RequestHead, rules: RequestRules): string | undefined {
  checkHost(headers.host, rules)
  const path = url.replace(/[?#].*$/s, '')
  if (path !== codePath)
    throw new Failure('request_path_unknown', { path: masked(path.slice(0, 80)), wanted: codePath })
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] === 'POST'
  if (method !== 'POST' && !isPreflight) throw new Failure('request_method_refused', { method: method.slice(0, 20) })
  const origin = checkedOrigin(headers, rules)
  if (isPreflight) return origin
  const requestedWith = headers['x-requested-with']
  if (typeof requestedWith !== 'string' || requestedWith.trim() === '')
    throw new Failure('request_header_missing', { header: 'X-Requested-With', isEmpty: requestedWith !== undefined })
  checkPairing(headers['x-pairing-token'], rules)
  if (Number(headers['content-length'] ?? 0) > longestBodyBytes)
    throw new Failure('request_too_long', { limit: longestBodyBytes })
  return origin
}

function checkHost(host: string | undefined, { hostNames, isOpenToNetwork }: RequestRules): void {
  const name = /^(?:\[([\da-f:.]+)\]|([^:]+))(?::\d{1,5})?$/i.exec(host ?? '')
  const bare = (name?.[1] ?? name?.[2] ?? '').toLowerCase()
  // Only names can be rebound; an address leads where it says.
  const isAddress = isIP(bare) !== 0
  const isLoopback = bare === 'localhost' || bare === '::1' || (isAddress && bare.startsWith('127.'))
  if (isLoopback || bare === androidEmulatorHost || hostNames.includes(bare) || (isOpenToNetwork && isAddress)) return
  throw new Failure('request_host_foreign', { host: (host ?? '').slice(0, 80) })
}

function checkedOrigin(headers: IncomingHttpHeaders, { scheme, allowedOrigins }: RequestRules): string | undefined {
  const { origin, host } = headers
  if (origin === undefined) {
    // A browser that hides the origin still says this much.
    if (headers['sec-fetch-site'] === 'cross-site') throw new Failure('request_origin_foreign', { origin: 'not named' })
    return undefined
  }
  if (origin === `${scheme}://${host}` || allowedOrigins.includes(origin)) return origin
  throw new Failure('request_origin_foreign', { origin: origin.slice(0, 120) })
}

function checkPairing(sent: string | readonly string[] | undefined, { pairingToken }: RequestRules): void {
  if (pairingToken === undefined) return
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  if (typeof sent === 'string' && timingSafeEqual(digest(sent.trim()), digest(pairingToken.reveal()))) return
  throw new Failure('pairing_token_refused', { isMissing: sent === undefined })
}
