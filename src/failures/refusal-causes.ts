/**
 * The reasons why a server rejects a refresh token (Google Identity, "Refresh token expiration"; RFC 6749 section 5.2).
 * Messages name equally likely causes in this order.
 */
export const refusalCauses = [
  'session_ended',
  'replaced',
  'not_a_refresh_token',
  'account_gone',
  'project_revoked',
  'used_elsewhere',
  'access_ended',
  'testing_expired',
  'unused',
  'unknown_token',
  'server_forgot',
  'user_revoked',
  'password_changed',
  'newer_tokens',
] as const

type RefusalCause = (typeof refusalCauses)[number]

/** `certain`: no other cause fits. `likely`: few others fit. `possible`: without evidence, but it happens. */
export const likelihoods = ['certain', 'likely', 'possible'] as const

/** A cause, its likelihood, and the evidence for and against it, as phrases without a secret. */
export interface RankedCause {
  readonly cause: RefusalCause
  readonly likelihood: (typeof likelihoods)[number]
  readonly for: readonly string[]
  readonly against: readonly string[]
}

/** The details of a refusal that its message needs. The most likely cause comes first. */
export interface Refusal {
  readonly account: string
  readonly source: 'store' | 'environment'
  readonly error: string
  readonly description: string | null
  readonly causes: readonly Pick<RankedCause, 'cause' | 'likelihood'>[]
  /** The command that gets a new refresh token for this client. */
  readonly loginAgain: string
}

// Each follows "because", a colon or "Possible causes:".
const clauses: Readonly<Record<RefusalCause, string>> = {
  session_ended: 'the Workspace of its user requires a new sign-in from time to time',
  replaced: 'another login has replaced it',
  not_a_refresh_token: 'it is not a refresh token (those from Google begin with 1//)',
  account_gone: 'the account was deleted or disabled',
  project_revoked: 'gsa revoked access for another client of this project, and Google revokes it for all of them',
  used_elsewhere: 'it was used elsewhere, and this server replaces a refresh token with each use',
  access_ended: 'its user granted access for a limited time, which is over',
  testing_expired: 'the app is in "Testing", where refresh tokens expire after seven days',
  unused: 'it expired after six months without use',
  unknown_token: 'it is truncated, or belongs to another client or server',
  server_forgot:
    'the server on this machine was restarted and lost it (to keep tokens: gsa emulator start --persist FILE)',
  user_revoked: 'its user or another program revoked access at the server',
  password_changed: 'its user changed the password, which revokes access to Gmail',
  newer_tokens: 'newer ones displaced it (Google keeps 100 per account and client)',
}

/** Returns the cause text of a refusal, with at most three equally likely causes. `when` follows "rejected". */
export function refusalCause({ account, source, error, description, causes }: Refusal, when = ''): string {
  const wire = isWellKnown(description) ? error : `${error}: ${description}`
  const token = source === 'environment' ? 'The refresh token in GSA_REFRESH_TOKEN' : `The refresh token of ${account}`
  const opening = `${token} was rejected${when} (${wire})`
  const [best] = causes
  if (best === undefined) return `${opening}.`
  const [first = '', ...others] = causes
    .filter(({ likelihood }) => likelihood === best.likelihood)
    .slice(0, 3)
    .map(({ cause }) => clauses[cause])
  if (best.likelihood === 'certain') return `${opening}: ${first}.`
  if (best.likelihood === 'likely') return `${opening}, probably because ${[first, ...others].join(', or because ')}.`
  return `${opening}. Possible causes: ${[first, ...others].join('; ')}.`
}

// The cause text says more than these two descriptions.
function isWellKnown(description: string | null): boolean {
  return description === null || description === 'Bad Request' || description === 'Token has been expired or revoked.'
}

// Each takes the clause that tells how to log in again.
const fixes: Readonly<Partial<Record<RefusalCause, (again: string) => string>>> = {
  session_ended: (again) =>
    `${capitalized(again)}. A Workspace administrator can exempt the app: https://support.google.com/a/answer/9368756`,
  replaced: () => 'Run the command again.',
  testing_expired: (again) =>
    `Publish the app in the console (Google Auth Platform > Audience > "Publish app"); drive.appdata needs no verification. Then ${again}`,
  unused: (again) => `${capitalized(again)}. To keep the new one valid, use it from time to time (gsa refresh).`,
  used_elsewhere: (again) => `${capitalized(again)}. Keep the new one in one place only.`,
  newer_tokens: (again) => `${capitalized(again)}. Reuse one login, and do not force consent in apps and scripts.`,
}

/** Returns the next step after a refusal. */
export function refusalFix({ source, causes, loginAgain }: Refusal): string {
  const again =
    source === 'environment'
      ? 'set GSA_REFRESH_TOKEN to a new one: gsa login, then gsa export --format env'
      : `log in again: ${loginAgain}`
  const [best] = causes
  const fix = best === undefined || best.likelihood === 'possible' ? undefined : fixes[best.cause]
  if (fix !== undefined) return fix(again)
  // Without evidence, suggest how to check the most common cause.
  const mayBeTesting = causes.some(({ cause }) => cause === 'testing_expired')
  return `${capitalized(again)}${mayBeTesting ? '. If this happens every seven days, publish the app in the console (Google Auth Platform > Audience > "Publish app").' : ''}`
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
