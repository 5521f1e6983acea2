import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { Secret } from '../core/secret.ts'
import { Failure, masked } from '../failures/index.ts'
import { sharedPeerLookup } from '../http/local-sockets.ts'
import { connectionOf } from './connection.ts'

/** The rules for who may send a code, applied before the body is read. */
export interface RequestRules {
  readonly scheme: 'http' | 'https'
  /** The names of this machine, besides `localhost` and addresses, and the hosts that the user allowed. */
  readonly hostNames: readonly string[]
  /** Whether other machines may send requests, and thus to any address. */
  readonly isOpenToNetwork: boolean
  /** Whether other users of this machine are refused, if the system can tell them apart. */
  readonly refusesOtherUsers: boolean
  /** The token required in `X-Pairing-Token`; undefined requires none. */
  readonly pairingToken: Secret | undefined
  /** The other origins whose pages may send codes. */
  readonly allowedOrigins: readonly string[]
}

/** The head of a request. */
export interface RequestHead {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** The path that receives codes, as in the guides. */
export const codePath = '/authcode'

/** The maximum length of a body in bytes: several times that of a code and an ID token. */
export const longestBodyBytes = 16 * 1024

// The Android emulator reaches its host machine at this address.
const androidEmulatorHost = '10.0.2.2'

const peerOwner = sharedPeerLookup()

/**
 * Admits a connection or throws. On loopback, every user of the machine can connect, and gsa would store their code as
 * an account.
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
 * Admits a request or throws. The guides protect against forged requests with X-Requested-With: a page of another
 * origin can send it only after a preflight request, which is refused here. The checks of Host and Origin protect
 * against DNS rebinding, and browsers that send forms without a preflight (RFC 9700 section 4.7).
 * @returns the origin to name in the response so that the page can read it; undefined if no page asks
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
  // Only names can be rebound, not addresses.
  const isAddress = isIP(bare) !== 0
  const isLoopback = bare === 'localhost' || bare === '::1' || (isAddress && bare.startsWith('127.'))
  if (isLoopback || bare === androidEmulatorHost || hostNames.includes(bare) || (isOpenToNetwork && isAddress)) return
  throw new Failure('request_host_foreign', { host: (host ?? '').slice(0, 80) })
}

function checkedOrigin(headers: IncomingHttpHeaders, { scheme, allowedOrigins }: RequestRules): string | undefined {
  const { origin, host } = headers
  if (origin === undefined) {
    // Browsers that hide the origin still send this.
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
