import { safeText } from '../core/safe-to-print.ts'
import type { Secret } from '../core/secret.ts'
import { isFailure, withoutKnownSecrets } from '../failures/index.ts'
import type { Trace } from '../flows/event.ts'
import { fieldText } from '../flows/field-text.ts'
import type { FlowCheck, FlowField, Specification } from '../flows/flow.ts'
import { openIdCore, rfc } from '../flows/specifications.ts'
import { tokenContents } from '../http/shown-values.ts'
import { type IdTokenExpectations, type VerifiedIdToken, verifyIdToken } from './id-token.ts'
import type { Jwks } from './jwks.ts'

/** The details of a failure `id_token_invalid`. */
interface FailedCheck {
  readonly check: string
  readonly expected: string
  readonly found: string
}

/**
 * Works like {@link verifyIdToken}, and traces each check with its result.
 * @throws what {@link verifyIdToken} throws
 */
export function verifyAndTrace(
  token: Secret,
  jwks: Jwks,
  expected: IdTokenExpectations,
  trace: Trace,
): VerifiedIdToken {
  const traceChecks = (failed?: FailedCheck): void =>
    trace({
      type: 'step',
      name: 'id-token',
      checks: idTokenChecks(token, expected, failed),
      isError: failed !== undefined,
    })
  try {
    const verified = verifyIdToken(token, jwks, expected)
    traceChecks()
    return verified
  } catch (error) {
    if (isFailure(error, 'id_token_invalid')) traceChecks(error.details)
    throw error
  }
}

/** A rule, in the order of {@link verifyIdToken}. */
interface Rule {
  /** The names of its checks in failures. */
  readonly checks: readonly string[]
  readonly what: (expected: IdTokenExpectations) => string
  /** The claim whose value is shown. */
  readonly claim?: string
  /** Returns why it does not apply. */
  readonly skipped?: (claims: ReadonlySet<string>, expected: IdTokenExpectations) => string | undefined
  /** Absent for OpenID Connect Core section 3.1.3.7, which the step names. */
  readonly specification?: Specification
}

const keyChecks = ['kind', 'use', 'operations', 'algorithm', 'size', 'exponent'].map((part) => `the ${part} of the key`)

const rules: readonly Rule[] = [
  {
    checks: ['its length', 'its form', 'the header'],
    what: () => 'it must have three parts in base64url, the first a JSON object',
    specification: rfc(7515, '5.2'),
  },
  { checks: ['alg'], what: () => 'alg must be RS256, never none', specification: rfc(8725, '3.1') },
  {
    checks: ['crit', 'b64', 'typ'],
    what: () => 'the header must demand nothing unusual',
    specification: rfc(7515, '4.1.11'),
  },
  {
    checks: ['kid', 'the key', ...keyChecks],
    what: () => "kid must name one of the server's keys: RSA, public, at least 2048 bits",
    specification: openIdCore('10.1', 'Signing'),
  },
  { checks: ['the signature'], what: () => 'the signature must be valid for that key' },
  { checks: ['the payload'], what: () => 'the claims must be a JSON object', specification: rfc(7519, '7.2') },
  {
    checks: ['iss'],
    what: ({ issuers }) => `iss must be ${issuers.join(' or ')}`,
  },
  {
    checks: ['aud'],
    what: ({ audience }) => `aud must be your client, ${audience}`,
  },
  {
    checks: ['azp'],
    what: () => 'azp must be your client, or a client of the same project',
    claim: 'azp',
    skipped: (claims) => (claims.has('azp') ? undefined : 'the token has no azp'),
  },
  { checks: ['exp'], what: () => 'exp must be in the future', claim: 'exp' },
  {
    checks: ['iat'],
    what: () => 'iat must be in the past, and recent',
    claim: 'iat',
  },
  {
    checks: ['nbf'],
    what: () => 'nbf must be in the past',
    skipped: (claims) => (claims.has('nbf') ? undefined : 'the token has no nbf'),
    specification: rfc(7519, '4.1.5'),
  },
  {
    checks: ['nonce'],
    what: () => 'nonce must be the one that was sent',
    skipped: (_, { nonce }) => (nonce === undefined ? 'no nonce was sent' : undefined),
  },
  {
    checks: ['at_hash'],
    what: () => 'at_hash must belong to the access token',
    skipped: (claims, { accessToken }) =>
      accessToken === undefined
        ? 'there is no access token'
        : claims.has('at_hash')
          ? undefined
          : 'the token has no at_hash',
    specification: openIdCore('3.1.3.8', 'CodeFlowTokenValidation'),
  },
  {
    checks: ['hd'],
    what: ({ hostedDomain = 'a Workspace domain' }) => `hd must be ${hostedDomain}`,
    claim: 'hd',
    skipped: (_, { hostedDomain }) => (hostedDomain === undefined ? 'no Workspace domain is required' : undefined),
  },
  { checks: ['sub'], what: () => 'sub must name the account', claim: 'sub', specification: openIdCore('2', 'IDToken') },
]

/** Returns each rule with its result: those before the failed one passed, those after it were not reached. */
function idTokenChecks(token: Secret, expected: IdTokenExpectations, failed?: FailedCheck): readonly FlowCheck[] {
  const contents = tokenContents(token.reveal())
  const claims = new Set(contents.map(({ name }) => name))
  const failedAt = failed === undefined ? rules.length : rules.findIndex(({ checks }) => checks.includes(failed.check))
  return rules.map((rule, at): FlowCheck => {
    const { specification } = rule
    const check = { what: safeText(rule.what(expected)), ...(specification !== undefined && { specification }) }
    if (failed !== undefined && at === failedAt) {
      const detail = safeText(withoutKnownSecrets(`expected ${failed.expected}; found ${failed.found}`))
      return { ...check, result: 'failed', detail }
    }
    if (at > failedAt) return { ...check, result: 'not checked', detail: 'not reached' }
    const why = rule.skipped?.(claims, expected)
    if (why !== undefined) return { ...check, result: 'not checked', detail: why }
    const found = contentText(contents, rule.claim)
    return { ...check, result: 'passed', ...(found !== undefined && { detail: found }) }
  })
}

function contentText(contents: readonly FlowField[], claim: string | undefined): string | undefined {
  const field = contents.find(({ name }) => name === claim)
  return field === undefined ? undefined : fieldText(field)
}
