import { type Grant, type TokenFault, tokenFaults } from '../faults/token-faults.ts'
import { type TokenResponse, tokenResponseFaults } from '../faults/token-response-faults.ts'
import { oauthReply, Refused, type Reply, withRetryAfter } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'

/** Returns a token response (RFC 6749 section 5.1), after applying faults that change it. */
export function tokenReply(
  google: LocalGoogle,
  after: TokenResponse['after'],
  members: TokenResponse['members'],
): Reply {
  return oauthReply(200, google.faults.change<TokenResponse>('token', tokenResponseFaults, { after, members }).members)
}

/**
 * Lets a fault reject a request whose client and parameters are valid.
 * @throws Refused when one strikes.
 */
export function refuseByFault(google: LocalGoogle, grant: Grant): void {
  const fits = ({ grants }: TokenFault): boolean => grants?.includes(grant) ?? true
  const fault = google.faults.take<TokenFault>('token', tokenFaults, fits)
  if (fault !== undefined) throw new Refused(withRetryAfter(fault.answer(), fault.seconds))
}
