import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'

/** Returns the details of a refused refresh token, with the causes that the text leaves open. */
export function refusedRefreshToken({
  description,
  subtype,
}: Pick<Facts, 'description' | 'subtype'>): FailureDetails<'refresh_token_refused'> {
  const isSession = subtype === 'invalid_rapt' || subtype === 'rapt_required'
  const causes = isSession
    ? (['session_ended'] as const)
    : /expired or revoked/i.test(description ?? '')
      ? (['testing_expired', 'user_revoked', 'unused'] as const)
      : (['unknown_token', 'testing_expired', 'user_revoked'] as const)
  return {
    error: 'invalid_grant',
    description: description ?? null,
    account: 'this account',
    source: 'store',
    subtype: subtype ?? null,
    removed: false,
    causes: causes.map((cause) => ({ cause, likelihood: isSession ? 'certain' : 'possible', for: [], against: [] })),
    clockAheadSeconds: null,
    loginAgain: 'in the program that shows this error (with gsa: gsa login)',
  }
}
