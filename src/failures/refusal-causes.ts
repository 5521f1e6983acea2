/**
 * Why a server refuses a refresh token that it gave (Google Identity, "Refresh token expiration"; RFC 6749 section
 * 5.2). Closed; of causes that are equally likely, the one that stands first here is named first.
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

/**
 * `certain`: nothing else fits. `likely`: it fits, and little else does. `possible`: nothing
 * speaks for it but that it happens.
 */
export const likelihoods = ['certain', 'likely', 'possible'] as const

/** A cause, how likely it is here, and what was weighed. Phrases without a secret. */
export interface RankedCause {
  readonly cause: RefusalCause
  readonly likelihood: (typeof likelihoods)[number]
  readonly for: readonly string[]
  readonly against: readonly string[]
}

/** A refusal as far as its words need it. The best cause comes first. */
export interface Refusal {
  readonly account: string
  readonly source: 'store' | 'environment'
  readonly error: string
  readonly description: string | null
  readonly causes: readonly Pick<RankedCause, 'cause' | 'likelihood'>[]
  /** The command that brings a new refresh token of this client. */
  readonly loginAgain: string
}

// Each follows "because", a colon and "Perhaps".
const clauses: Readonly<Record<RefusalCause, string>> = {
  session_ended: 'the Workspace of its user wants a new sign-in from time to time',
  replaced: 'another login has replaced it meanwhile',
  not_a_refresh_token: 'it is something else, since a refresh token of Google begins with 1//',
  account_gone: 'the account was deleted or disabled',
  project_revoked: 'the access of another client of this project was revoked here, and Google revokes for all of them',
  used_elsewhere: 'it was used elsewhere, and this server replaces a refresh token when it is used',
  access_ended: 'its user gave access for a limited time, which is over',
  testing_expired: 'the app is in "Testing", where Google ends refresh tokens after seven days',
  unused: 'it was not used for six months, after which Google ends it',
  unknown_token: 'the server does not know it: it was cut, or it is of another client or server',
  server_forgot:
    'the server on this machine was started anew and forgot it (gsa emulator start --persist FILE remembers)',
  user_revoked: 'the access was revoked at the server, by its user or by another program',
  password_changed: 'its user has a new password, which ends access to Gmail',
  newer_tokens: 'newer ones took its place, of which Google keeps 100 for an account and a client',
}

/**
 * What a person reads of a refusal: the best cause, and at most two others that are as
 * likely. `when` follows "refused".
 */
export function refusalCause({ account, source, error, description, causes }: Refusal, when = ''): string {
  const wire = isWellKnown(description) ? error : `${error}: ${description}`
  const token = source === 'environment' ? 'The refresh token in GSA_REFRESH_TOKEN' : `The refresh token of ${account}`
  const opening = `${token} was refused${when} (${wire})`
  const [best] = causes
  if (best === undefined) return `${opening}.`
  const [first = '', ...others] = causes
    .filter(({ likelihood }) => likelihood === best.likelihood)
    .slice(0, 3)
    .map(({ cause }) => clauses[cause])
  if (best.likelihood === 'certain') return `${opening}: ${first}.`
  if (best.likelihood === 'likely') return `${opening}, probably because ${[first, ...others].join(', or because ')}.`
  return `${opening}. Perhaps ${[first, ...others].join(', or ')}.`
}

// What these two say, the sentence says better.
function isWellKnown(description: string | null): boolean {
  return description === null || description === 'Bad Request' || description === 'Token has been expired or revoked.'
}

// What to do, given how to log in again.
const fixes: Readonly<Partial<Record<RefusalCause, (again: string) => string>>> = {
  session_ended: (again) =>
    `${capitalized(again)}. A Workspace administrator can exempt the app: https://support.google.com/a/answer/9368756`,
  replaced: () => 'Run the command again.',
  testing_expired: (again) =>
    `Publish the app in the console (Audience, "Publish app"): drive.appdata is not a sensitive scope, so that needs no verification. Then ${again}`,
  unused: (again) => `${capitalized(again)}. Used now and then (gsa refresh), the next one goes on working.`,
  used_elsewhere: (again) => `${capitalized(again)}. Keep the new one in one place only.`,
  newer_tokens: (again) =>
    `${capitalized(again)}. Make one login last, and leave forced consent out of apps and scripts.`,
}

/** The one next step after a refusal. */
export function refusalFix({ source, causes, loginAgain }: Refusal): string {
  const again =
    source === 'environment'
      ? 'put a new one into GSA_REFRESH_TOKEN: gsa login, then gsa export --format env'
      : `log in again: ${loginAgain}`
  const [best] = causes
  const fix = best === undefined || best.likelihood === 'possible' ? undefined : fixes[best.cause]
  if (fix !== undefined) return fix(again)
  // With nothing to go by, the commonest cause is worth its test.
  const mayBeTesting = causes.some(({ cause }) => cause === 'testing_expired')
  return `${capitalized(again)}${mayBeTesting ? '. If it happens every seven days, publish the app in the console (Audience, "Publish app"); drive.appdata needs no verification.' : ''}`
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
