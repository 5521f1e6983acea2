import { type EmulatorAccount, type EmulatorClient, projectOf } from './built-in.ts'
import { type ClientGrant, type Grant, ownerKey, projectKey, type Records } from './state.ts'

/** The live grant of a user to the project of a client, created empty when there is none. */
export function grantOf(records: Records, clientId: string, sub: string): Grant {
  const key = ownerKey(clientId, sub)
  const existing = records.state.grants.get(key)
  if (existing !== undefined) return existing
  const grant: Grant = { project: projectOf(clientId), sub, scopes: new Set(), clients: new Map() }
  records.state.grants.set(key, grant)
  return grant
}

/** Whether a revocation of that grant has arrived. */
export function hasEnded(grant: Grant, now: number): boolean {
  return grant.endsAtMs !== undefined && grant.endsAtMs <= now
}

/** The part of a grant that belongs to one client, created empty when there is none. */
export function clientGrantOf(grant: Grant, clientId: string): ClientGrant {
  const existing = grant.clients.get(clientId)
  if (existing !== undefined) return existing
  const clientGrant: ClientGrant = { offline: false, refreshTokens: new Set(), accessTokens: new Set() }
  grant.clients.set(clientId, clientGrant)
  return clientGrant
}

/**
 * Ends a grant `delayMs` from now: every code and token of that user for every client of the project. The memory of the
 * consent and the app's hidden folder go at once (evidence B6, B9).
 */
export function revokeGrant(records: Records, grant: Grant, delayMs = 0): void {
  grant.endsAtMs = records.clock.now() + delayMs
  const key = projectKey(grant.project, grant.sub)
  // A slow revocation may be asked for again when there is a new consent already, which it is not about.
  if (records.state.grants.get(key) === grant) {
    records.state.grants.delete(key)
    records.state.folders.delete(key)
  }
  if (delayMs > 0) return
  for (const { refreshTokens, accessTokens } of grant.clients.values()) {
    for (const token of refreshTokens) records.state.refreshTokens.delete(token)
    for (const token of accessTokens) records.state.accessTokens.delete(token)
  }
}

/** What a user agreed to. */
export interface Consent {
  readonly client: EmulatorClient
  readonly account: EmulatorAccount
  /** Ticked now, in grant names. */
  readonly scopes: readonly string[]
  /** Also everything the user gave to the project before. */
  readonly includeGrantedScopes: boolean
  readonly accessType: 'online' | 'offline'
  /** A refresh token even though offline access was given before. */
  readonly forceRefreshToken: boolean
}

/**
 * Records a sign-in with a consent; returns the grant it belongs to, the scopes of its tokens, and
 * whether it yields a refresh token.
 */
export function recordConsent(
  records: Records,
  consent: Consent,
): { readonly grant: Grant; readonly scopes: ReadonlySet<string>; readonly refreshToken: boolean } {
  const { client, account } = consent
  const grant = grantOf(records, client.clientId, account.sub)
  const scopes = new Set(consent.scopes)
  if (consent.includeGrantedScopes) for (const scope of grant.scopes) scopes.add(scope)
  for (const scope of scopes) grant.scopes.add(scope)

  const clientGrant = clientGrantOf(grant, client.clientId)
  const offline = consent.accessType === 'offline'
  // The decision falls with the consent, not with the exchange: a code that is never exchanged
  // still was the first consent.
  const refreshToken = offline && (consent.forceRefreshToken || !clientGrant.offline)
  if (offline) clientGrant.offline = true
  // A map keeps the place of a key it knows; the last one to sign in belongs at the end.
  records.state.signIns.delete(account.sub)
  records.state.signIns.set(account.sub, records.clock.now())
  return { grant, scopes, refreshToken }
}
