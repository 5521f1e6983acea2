import { withoutBrackets } from '../core/without-brackets.ts'
import { Failure } from '../failures/index.ts'
import { listenerOwner } from '../http/local-sockets.ts'
import { isLoopbackLiteral } from '../http/url-rule.ts'

/** The reason why a server may not be this user's own. */
export type ForeignReason = 'other_machine' | 'other_user'

/**
 * Returns why a server is not this user's own; undefined if it is. A loopback server belongs to the user whose socket
 * listens; if the system does not tell (macOS, Windows), every loopback server is treated as the user's own.
 * @throws Failure `unreachable` if nothing listens on a loopback address: another user could start a server there first
 */
export function foreignReason({ hostname, port, protocol, host }: URL): ForeignReason | undefined {
  if (hostname !== 'localhost' && !isLoopbackLiteral(hostname)) return 'other_machine'
  const addresses = hostname === 'localhost' ? ['127.0.0.1', '::1'] : [withoutBrackets(hostname)]
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  const owners = addresses.map((address) => listenerOwner({ address, port: number }))
  if (owners.includes('foreign')) return 'other_user'
  if (owners.every((owner) => owner === 'nobody'))
    throw new Failure('unreachable', { host, problem: 'nothing listens on that port' })
  return undefined
}
