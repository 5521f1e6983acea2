import { frontEndError, Refused } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { canonicalScopes } from '../records/scopes.ts'
import { findAccount } from '../records/state.ts'

/** A user's choices on the consent page or the device page. */
export interface GivenConsent {
  readonly account: EmulatorAccount
  /** The ticked scopes as Google names them in a grant, at least one. */
  readonly ticked: readonly string[]
  /** Limited to 180 days. */
  readonly limited: boolean
}

/**
 * Reads a consent form that offered these scopes. The account is one of those shown, or the one whose email address
 * was typed. Returns undefined when the user denied, or allowed with nothing ticked.
 * @throws Refused when there is no decision or no such account: a mistake must not look like a denial.
 */
export function readConsent(
  google: LocalGoogle,
  form: URLSearchParams,
  offered: readonly string[],
): GivenConsent | undefined {
  if (form.get('decision') === 'deny') return undefined
  if (form.get('decision') !== 'allow') throw refused('The form has no decision to allow or deny.')
  const account = findAccount(google.state, (form.get('other') ?? '').trim() || (form.get('account') ?? ''))
  if (account === undefined) throw refused('There is no such account. Go back and choose one.')
  const ticked = canonicalScopes(form.getAll('scope')).filter((scope) => offered.includes(scope))
  return ticked.length === 0 ? undefined : { account, ticked, limited: form.get('duration') === 'limited' }
}

function refused(sentence: string): Refused {
  return new Refused(frontEndError(400, 'Bad Request', sentence))
}
