import { type EmulatorAccount, type EmulatorClient, projectOf } from './built-in.ts'
import { type ClientGrant, type Grant, ownerKey, projectKey, type Records } from './state.ts'

/** Returns a user's live grant to a client's project, creating an empty one if there is none. */
export function grantOf(records: Records, clientId: string, sub: string): Grant {
  const key = ownerKey(clientId, sub)
  const existing = records.state.grants.get(key)
  if (existing !== undefined) return existing
  const grant: Grant = { project: projectOf(clientId), sub, scopes: new Set(), clients: new Map() }
  records.state.grants.set(key, grant)
  return grant
}

/** Returns whether the revocation of a grant has taken effect. */
export function hasEnded(grant: Grant, now: number): boolean {
  return grant.endsAtMs !== undefined && grant.endsAtMs <= now
}

/** Returns the part of a grant that belongs to one client, creating an empty one if there is none. */
export function clientGrantOf(grant: Grant, clientId: string): ClientGrant {
  const existing = grant.clients.get(clientId)
  if (existing !== undefined) return existing
  const clientGrant: ClientGrant = { offline: false, refreshTokens: new Set(), accessTokens: new Set() }
  grant.clients.set(clientId, clientGrant)
  return clientGrant
}

/**
 * Ends a grant in `delayMs`: every code and token of the user for every client of the project. The remembered consent
 * and the app's hidden folder are removed immediately (evidence B6, B9).
 */
export function revokeGrant(records: Records, grant: Grant, delayMs = 0): void {
  grant.endsAtMs = records.clock.now() + delayMs
  const key = projectKey(grant.project, grant.sub)
  // A slow revocation may be repeated when there is already a new consent, which it must not affect.
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

/** A user's consent. */
export interface Consent {
  readonly client: EmulatorClient
  readonly account: EmulatorAccount
  /** The scopes ticked now, as Google names them in a grant. */
  readonly scopes: readonly string[]
  /** Also includes everything the user granted the project earlier. */
  readonly includeGrantedScopes: boolean
  readonly accessType: 'online' | 'offline'
  /** Issues a refresh token even if offline access was granted earlier. */
  readonly forceRefreshToken: boolean
}

/**
 * Records a sign-in with a consent. Returns its grant, the scopes of its tokens, and whether it yields a refresh token.
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
  // Decided at the consent, not at the exchange: even a code that is never exchanged was the first consent.
  const refreshToken = offline && (consent.forceRefreshToken || !clientGrant.offline)
  if (offline) clientGrant.offline = true
  // Delete first: a map keeps the position of an existing key, and the latest sign-in belongs at the end.
  records.state.signIns.delete(account.sub)
  records.state.signIns.set(account.sub, records.clock.now())
  return { grant, scopes, refreshToken }
}
