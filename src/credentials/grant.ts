import type { AccountKey } from '../accounts/account-key.ts'
import type { JsonObject } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { typedCommand } from '../failures/index.ts'
import { shortScope } from '../oauth/scopes.ts'

/** The result of a login, an exchange or a refresh. */
export interface Grant {
  readonly key: AccountKey
  /** The account's name in messages: with its client if another account has the same name. */
  readonly label: string
  readonly scopes: {
    readonly requested: readonly string[]
    readonly granted: readonly string[]
    readonly missing: readonly string[]
  }
  readonly accessToken: { readonly value: Secret; readonly expiresAt: string | null }
  readonly refreshToken: {
    /** The token in this response; undefined if there was none. */
    readonly value: Secret | undefined
    /** Whether the store now holds a refresh token for this account, this one or an older one. */
    readonly stored: boolean
    readonly store: string | null
    readonly rotated: boolean
    /** Whether the token is bound to a key (RFC 9449): this one, or the older one that is stored. */
    readonly bound: boolean
    readonly expiresAt: string | null
  }
  /** null if the response had none. */
  readonly idToken: { readonly value: Secret; readonly claims: JsonObject } | null
  /** The claims that describe the account, from this ID token or the last one. */
  readonly claims: JsonObject | null
  readonly warnings: readonly Warning[]
}

/** Returns the RFC 3339 time `seconds` after `nowMs`; null if the number is unknown. */
export function timeAfter(nowMs: number, seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(nowMs + seconds * 1000).toISOString()
}

/** Returns the command that asks for consent again. @param isBound whether the new token must be bound to a key */
export function consentWords(isBound: boolean): string {
  return `gsa login --force-consent${isBound ? ' --dpop' : ''}`
}

/** A success that will cause trouble later. */
export interface Warning {
  readonly code: string
  readonly message: string
  readonly fix: string
}

/** The reason why a grant was not stored. */
export type NotStored = 'not wanted' | 'shown'

/** The complete table of warnings. */
export const warnings = {
  noRefreshToken: (olderIsStored: boolean): Warning => ({
    code: 'no_refresh_token',
    message: olderIsStored
      ? 'The response has no refresh token, because consent was given before; the stored one was kept.'
      : 'The response has no refresh token, because consent was given before and none is stored: access ends with the access token.',
    fix: `${olderIsStored ? 'Nothing to do. If the stored one is lost one day,' : 'To get one,'} ask for consent again: gsa login --force-consent, or requestOfflineAccess(webClientId, true) on Android, prompt: "consent" on the web, disconnect() and sign in on iOS.`,
  }),
  keptInOtherStore: (store: string, chosen: string): Warning => ({
    code: 'kept_in_other_store',
    message: `The account stays in ${store}, which has its refresh token; nothing was written to ${chosen}.`,
    fix: `To move it, get a new refresh token: ${typedCommand(['gsa', 'login', '--force-consent', '--store', chosen])}`,
  }),
  notBoundToKey: (wasAsked: boolean): Warning => ({
    code: 'not_bound_to_key',
    message: wasAsked
      ? 'The stored refresh token is not bound to a key: --dpop binds only a new one, and the response has none.'
      : 'The new refresh token is not bound to a key (DPoP), but the one before it was.',
    fix: `To get one that is bound: ${consentWords(true)}`,
  }),
  scopesMissing: (missing: readonly string[], consentAgain: string): Warning => ({
    code: 'scopes_missing',
    message: `Not granted: ${missing.map(shortScope).join(', ')}.`,
    fix: `Log in again and leave every box ticked: ${consentAgain}`,
  }),
  appInTesting: (expiresAt: string): Warning => ({
    code: 'refresh_token_expires',
    message: `The refresh token expires on ${expiresAt}, seven days after the login, because the app is in "Testing".`,
    fix: 'Publish it in the console (Audience, "Publish app") and log in again: drive.appdata is not a sensitive scope, so that needs no verification.',
  }),
  refreshTokenExpires: (expiresAt: string): Warning => ({
    code: 'refresh_token_expires',
    message: `The refresh token expires on ${expiresAt}, because access was given for a limited time.`,
    fix: 'Log in again before that: gsa login --force-consent',
  }),
  manyRefreshTokens: (count: number): Warning => ({
    code: 'many_refresh_tokens',
    message: `This is refresh token number ${count} of this account and client. Google keeps 100; each further one silently revokes the oldest, which another machine may use.`,
    fix: 'Keep one login and let gsa token renew the access token. In apps and scripts, ask for consent again only when the refresh token is lost.',
  }),
  consentInALoop: (count: number): Warning => ({
    code: 'consent_in_a_loop',
    message: `This is refresh token number ${count} of this account and client in a day. Google keeps 100 and then revokes the oldest.`,
    fix: 'One login lasts: gsa token renews the access token. In apps and scripts, remove what forces consent (--force-consent, prompt=consent, requestOfflineAccess(webClientId, true)).',
  }),
  noIdToken: (): Warning => ({
    code: 'no_id_token',
    message: 'The response has no ID token, so the account is unknown.',
    fix: 'Request the scope openid as well.',
  }),
  notBoundByPkce: (): Warning => ({
    code: 'not_bound_by_pkce',
    message: 'PKCE does not protect a code that comes from somewhere else.',
    fix: 'Make sure that the account below is the one you expect; --expect-email EMAIL checks it.',
  }),
  codeEncoded: (): Warning => ({
    code: 'code_encoded',
    message: 'The code was percent-encoded once too often.',
    fix: 'Encode it only once in the app (a form field, or JSON without encoding): other backends send it unchanged, and Google refuses it.',
  }),
  notStored: (why: NotStored, consentAgain: string): Warning => ({
    code: 'not_stored',
    message: {
      'not wanted': 'Nothing was stored.',
      shown: 'Nothing was stored; the token was shown.',
    }[why],
    fix:
      why === 'not wanted'
        ? 'To store the account, omit --no-store.'
        : `The code no longer works, and the grant still stands. To store it after all: ${consentAgain}`,
  }),
} as const
