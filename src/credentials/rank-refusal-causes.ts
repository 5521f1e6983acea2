import { humanDuration } from '../core/human-duration.ts'
import { likelihoods, type RankedCause, refusalCauses } from '../failures/index.ts'
import { isSignInScope, shortScope } from '../oauth/scopes.ts'
import { manyIssued } from './issuances.ts'
import { isTestingLife, testingMs, timeOf } from './token-lifetime.ts'

/** The evidence about a refused refresh token. Times are RFC 3339; null means unknown. */
export interface RefusedRefresh {
  readonly description: string | null
  readonly subtype: string | null
  /** Unix time in milliseconds by the server's clock, if its response says. */
  readonly nowMs: number
  /** The seconds that this machine's clock is ahead of the server's. */
  readonly clockAheadSeconds: number | null
  readonly obtainedAt: string | null
  /** When it last worked, as far as known. */
  readonly usedAt: string | null
  readonly expiresAt: string | null
  /** Empty if unknown. */
  readonly grantedScopes: readonly string[]
  /**
   * How many refresh tokens were obtained on this machine for this account and client, and may be valid; 0 if unknown.
   */
  readonly issued: number
  /** Whether the server replaces refresh tokens when they are used. */
  readonly rotates: boolean
  /** Whether the store now holds another one. */
  readonly isReplaced: boolean
  /** When the grant of another client of the same project was revoked here. */
  readonly projectRevokedAt: string | null
  /** The kind of value that its first characters suggest. */
  readonly looksLike: 'an access token' | 'an authorization code' | null
  readonly source: 'store' | 'environment'
  /** Whether the server is an emulator or another server on this machine. */
  readonly isServerLocal: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Google documents six months; the shortest six months have 181 days. */
const unusedMs = 181 * dayMs
/** Less skew does not matter for lifetimes of days. */
const toleratedSkewSeconds = 3600

interface Ages {
  /** Since it was obtained; undefined if that is unknown or in the future. */
  readonly ageMs: number | undefined
  /** Since it last worked. */
  readonly idleMs: number | undefined
  /** Its age when it last worked. */
  readonly workedAtAgeMs: number | undefined
  /** The lifetime that the server announced. */
  readonly lifetimeMs: number | undefined
  /** Until its announced expiry: negative afterwards. */
  readonly leftMs: number | undefined
  readonly clockDoubt: readonly string[]
}

type Judge = (evidence: RefusedRefresh, ages: Ages) => RankedCause | undefined

const found = (
  cause: RankedCause['cause'],
  likelihood: RankedCause['likelihood'],
  speaksFor: readonly string[],
  against: readonly string[] = [],
): RankedCause => ({ cause, likelihood, for: speaksFor, against })

/**
 * Returns whether a refusal only asks the user to sign in again: session control of a Workspace (Google's
 * `error_subtype`). After that, the same refresh token works.
 */
export function wantsNewSignIn({ description, subtype }: Pick<RefusedRefresh, 'description' | 'subtype'>): boolean {
  return (
    /^(?:invalid_rapt|rapt_required)$/.test(subtype ?? '') ||
    /\b(?:invalid_rapt|rapt_required)\b/.test(description ?? '')
  )
}

/**
 * Returns the possible causes of a refresh token's refusal, best first. A certain cause stands alone. Impossible causes
 * are omitted.
 */
export function rankRefusalCauses(evidence: RefusedRefresh): readonly RankedCause[] {
  const ages = agesOf(evidence)
  const causes = judges.map((judge) => judge(evidence, ages)).filter((cause) => cause !== undefined)
  const certain = causes.find(({ likelihood }) => likelihood === 'certain')
  if (certain !== undefined) return [certain]
  return withoutTimeLimit(causes, ages).toSorted(
    (a, b) =>
      likelihoods.indexOf(a.likelihood) - likelihoods.indexOf(b.likelihood) ||
      refusalCauses.indexOf(a.cause) - refusalCauses.indexOf(b.cause),
  )
}

/** If no time limit can apply, a person's action becomes likely. */
function withoutTimeLimit(causes: readonly RankedCause[], { ageMs, idleMs }: Ages): readonly RankedCause[] {
  const actions = new Set<string>(['server_forgot', 'user_revoked', 'password_changed', 'newer_tokens'])
  if (ageMs === undefined || causes.some(({ cause }) => !actions.has(cause))) return causes
  return causes.map((cause) =>
    cause.cause === 'user_revoked' || cause.cause === 'server_forgot'
      ? {
          ...cause,
          likelihood: 'likely',
          for: [
            ...cause.for,
            `it is ${humanDuration(ageMs)} old and worked ${humanDuration(idleMs ?? ageMs)} ago, so none of the time limits of Google applies`,
          ],
        }
      : cause,
  )
}

const judges: readonly Judge[] = [
  (evidence) =>
    wantsNewSignIn(evidence)
      ? found('session_ended', 'certain', [`the server says ${evidence.subtype ?? evidence.description}`])
      : undefined,
  ({ isReplaced }) =>
    isReplaced ? found('replaced', 'certain', ['the store now holds another refresh token']) : undefined,
  ({ looksLike }) =>
    looksLike === null ? undefined : found('not_a_refresh_token', 'certain', [`it begins like ${looksLike}`]),
  ({ description }) =>
    /\b(?:account|user)\b.*\b(?:deleted|disabled|suspended)\b/i.test(description ?? '')
      ? found('account_gone', 'certain', ['the server says so'])
      : undefined,
  ({ projectRevokedAt }) =>
    projectRevokedAt === null
      ? undefined
      : found('project_revoked', 'certain', [`gsa revoke was run on ${projectRevokedAt.slice(0, 10)}`]),
  ({ rotates }) =>
    rotates
      ? found('used_elsewhere', 'likely', ['this server has replaced refresh tokens when they were used'])
      : undefined,
  accessEnded,
  testingExpired,
  ({ source }, { idleMs, clockDoubt }) => {
    if (idleMs === undefined) return found('unused', 'possible', [], ['its last use is unknown'])
    const other = source === 'store' ? ['a copy of it may have been used elsewhere'] : []
    if (idleMs >= unusedMs)
      return found('unused', 'likely', [`it last worked ${humanDuration(idleMs)} ago`], [...other, ...clockDoubt])
    return undefined
  },
  unknownToken,
  serverForgot,
  () => found('user_revoked', 'possible', []),
  ({ grantedScopes }) => {
    const mail = grantedScopes.map(shortScope).find((scope) => /^gmail\.|^https:\/\/mail\.google\.com\//.test(scope))
    return mail === undefined ? undefined : found('password_changed', 'possible', [`${mail} was granted`])
  },
  ({ issued, source }) =>
    source === 'environment' || issued === 0
      ? found('newer_tokens', 'possible', [])
      : issued >= manyIssued
        ? found('newer_tokens', 'likely', [
            `${issued} refresh tokens for this account and client were obtained on this machine`,
          ])
        : found(
            'newer_tokens',
            'possible',
            [],
            [
              issued === 1
                ? 'it is the only one obtained on this machine for this account and client'
                : `it is the newest of ${issued} obtained on this machine for this account and client`,
            ],
          ),
]

function accessEnded(_: RefusedRefresh, { leftMs, lifetimeMs, clockDoubt }: Ages): RankedCause | undefined {
  if (leftMs === undefined || leftMs > 0 || isTestingLife(lifetimeMs)) return undefined
  const ended = 'the expiry that the server announced (refresh_token_expires_in) has passed'
  return found(
    'access_ended',
    lifetimeMs === undefined || clockDoubt.length > 0 ? 'likely' : 'certain',
    [ended],
    clockDoubt,
  )
}

function testingExpired({ grantedScopes }: RefusedRefresh, ages: Ages): RankedCause | undefined {
  const { ageMs, workedAtAgeMs, lifetimeMs, leftMs, clockDoubt } = ages
  // Google's only exception. drive.appdata is not one, although it needs no verification.
  if (grantedScopes.length > 0 && grantedScopes.every(isSignInScope)) return undefined
  const doubtful = clockDoubt.length > 0
  if (leftMs !== undefined) {
    // The server announced the expiry, so the cause is this limit or another one.
    if (leftMs > 0 || !(lifetimeMs === undefined || isTestingLife(lifetimeMs))) return undefined
    const announced = 'the server announced an expiry (refresh_token_expires_in), which has passed'
    if (lifetimeMs === undefined) return found('testing_expired', 'likely', [announced], clockDoubt)
    return found(
      'testing_expired',
      doubtful ? 'likely' : 'certain',
      [
        'the server announced at the login that it would expire after seven days (refresh_token_expires_in), as for an app in Testing',
      ],
      clockDoubt,
    )
  }
  if (ageMs === undefined) return found('testing_expired', 'possible', [], ['its age is unknown'])
  if (ageMs < testingMs - hourMs && !doubtful) return undefined
  if (workedAtAgeMs !== undefined && workedAtAgeMs > testingMs + hourMs) return undefined
  const justDied = ageMs < testingMs + 2 * dayMs && !doubtful
  return found(
    'testing_expired',
    justDied ? 'likely' : 'possible',
    [`it is ${humanDuration(ageMs)} old, and gsa has not seen it work after seven days`],
    ['the server announced no expiry (refresh_token_expires_in), unlike Google for an app in Testing', ...clockDoubt],
  )
}

/** Google and the emulator use this description only for tokens that they issued, and "Bad Request" for any token. */
function isKnownToServer(description: string | null): boolean {
  return description === 'Token has been expired or revoked.'
}

function serverForgot({ isServerLocal, description, usedAt }: RefusedRefresh): RankedCause | undefined {
  if (!isServerLocal || isKnownToServer(description)) return undefined
  const evidence = ['an emulator only remembers tokens with --persist']
  return description === 'Bad Request' && usedAt !== null
    ? found('server_forgot', 'likely', [...evidence, 'it worked, and now the server does not know it'])
    : found('server_forgot', 'possible', evidence)
}

function unknownToken({ description, source, usedAt }: RefusedRefresh, { idleMs }: Ages): RankedCause | undefined {
  if (isKnownToServer(description)) return undefined
  if (source === 'environment' && usedAt === null)
    return found('unknown_token', description === 'Bad Request' ? 'likely' : 'possible', ['it has not worked here yet'])
  return found('unknown_token', 'possible', [], idleMs === undefined ? [] : [`it worked ${humanDuration(idleMs)} ago`])
}

function agesOf({ nowMs, obtainedAt, usedAt, expiresAt, clockAheadSeconds }: RefusedRefresh): Ages {
  const [obtainedMs, usedMs, expiresMs] = [obtainedAt, usedAt, expiresAt].map(timeOf)
  const since = (ms: number | undefined): number | undefined =>
    ms === undefined || ms > nowMs + hourMs ? undefined : Math.max(0, nowMs - ms)
  const between = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : to - from
  const ageMs = since(obtainedMs)
  const ahead = clockAheadSeconds ?? 0
  return {
    ageMs,
    idleMs: since(usedMs) ?? ageMs,
    workedAtAgeMs: between(obtainedMs, usedMs),
    lifetimeMs: between(obtainedMs, expiresMs),
    leftMs: between(nowMs, expiresMs),
    clockDoubt: [
      ...(obtainedMs !== undefined && ageMs === undefined
        ? ['the login is in the future: the clock of this machine is or was wrong']
        : []),
      ...(Math.abs(ahead) > toleratedSkewSeconds
        ? [`the clock of this machine is ${humanDuration(Math.abs(ahead) * 1000)} ${ahead > 0 ? 'ahead' : 'behind'}`]
        : []),
    ],
  }
}
