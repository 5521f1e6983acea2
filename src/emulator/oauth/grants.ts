import { createHash } from 'node:crypto'
import { projectOf } from '../built-in.ts'
import type { EmulatorAccount, EmulatorClient } from '../built-in.ts'
import { ownerKey } from '../state.ts'
import type { AccessToken, AuthorizationCode, ClientGrant, Grant, RefreshToken, World } from '../state.ts'

/** Google gives no number; ten minutes is what RFC 6749 section 4.1.2 allows at most. */
const codeLifetimeMs = 10 * 60_000
/** Google says 3599, never 3600. */
export const accessTokenLifetimeSeconds = 3599
/** Live refresh tokens per account and client; the oldest is dropped without a word (evidence B3). */
const refreshTokenLimit = 100

/** The live grant of a user to the project of a client, created empty when there is none. */
export function grantOf(world: World, clientId: string, sub: string): Grant {
  const key = ownerKey(clientId, sub)
  const existing = world.state.grants.get(key)
  if (existing) return existing
  const grant: Grant = { project: projectOf(clientId), sub, scopes: new Set(), clients: new Map(), revoked: false }
  world.state.grants.set(key, grant)
  return grant
}

function clientGrantOf(grant: Grant, clientId: string): ClientGrant {
  const existing = grant.clients.get(clientId)
  if (existing) return existing
  const clientGrant: ClientGrant = { offline: false, refreshTokens: new Set() }
  grant.clients.set(clientId, clientGrant)
  return clientGrant
}

/** What a user agreed to, and what the code is to be bound to. */
export interface Consent {
  client: EmulatorClient
  account: EmulatorAccount
  /** Ticked now, in grant names. */
  scopes: readonly string[]
  /** Also everything the user gave to the project before. */
  includeGrantedScopes: boolean
  redirectUri: string
  challenge?: AuthorizationCode['challenge']
  nonce?: string | undefined
  accessType: 'online' | 'offline'
  /** A refresh token even though offline access was given before. */
  forceRefreshToken: boolean
}

/** Records the consent and issues a single-use authorization code for it. */
export function issueCode(world: World, consent: Consent): { code: string; scopes: ReadonlySet<string> } {
  const { client, account } = consent
  const grant = grantOf(world, client.clientId, account.sub)
  const scopes = new Set(consent.scopes)
  if (consent.includeGrantedScopes) for (const scope of grant.scopes) scopes.add(scope)
  for (const scope of scopes) grant.scopes.add(scope)

  const clientGrant = clientGrantOf(grant, client.clientId)
  const offline = consent.accessType === 'offline'
  // The decision falls with the consent, not with the exchange: a code that is never exchanged still was the first consent.
  const refreshToken = offline && (consent.forceRefreshToken || !clientGrant.offline)
  if (offline) clientGrant.offline = true

  const code = world.mint.authorizationCode()
  const now = world.clock.now()
  sweepExpired(world.state.codes, now)
  world.state.codes.set(code, {
    client,
    account,
    grant,
    scopes,
    redirectUri: consent.redirectUri,
    challenge: consent.challenge,
    nonce: consent.nonce,
    accessType: consent.accessType,
    refreshToken,
    expiresAtMs: now + codeLifetimeMs,
  })
  return { code, scopes }
}

/**
 * Takes a code out of circulation and returns what it was bound to; undefined when it is unknown, used, expired, revoked or of another
 * client. A stranger's attempt does not burn it; every attempt of its own client does, also one that then fails.
 */
export function takeCode(world: World, code: string, clientId: string): AuthorizationCode | undefined {
  const found = world.state.codes.get(code)
  if (!found || found.client.clientId !== clientId) return undefined
  world.state.codes.delete(code)
  return found.grant.revoked || found.expiresAtMs <= world.clock.now() ? undefined : found
}

/** Whether the verifier answers the challenge (RFC 7636 section 4.6). */
export function verifierMatches(challenge: NonNullable<AuthorizationCode['challenge']>, verifier: string): boolean {
  if (challenge.method === 'plain') return verifier === challenge.value
  return createHash('sha256').update(verifier).digest('base64url') === challenge.value
}

/** A new access token, good for 3599 seconds. */
export function issueAccessToken(world: World, from: Omit<AccessToken, 'expiresAtMs'>): string {
  const token = world.mint.accessToken()
  const now = world.clock.now()
  sweepExpired(world.state.accessTokens, now)
  world.state.accessTokens.set(token, { ...from, expiresAtMs: now + accessTokenLifetimeSeconds * 1000 })
  return token
}

/** A new refresh token; the 101st of an account and client drops the first. */
export function issueRefreshToken(world: World, from: RefreshToken): string {
  const token = world.mint.refreshToken()
  const live = clientGrantOf(from.grant, from.clientId).refreshTokens
  live.add(token)
  world.state.refreshTokens.set(token, from)
  for (const oldest of live) {
    if (live.size <= refreshTokenLimit) break
    dropRefreshToken(world, oldest)
  }
  return token
}

/** Forgets one refresh token; what was issued from it lives on. */
export function dropRefreshToken(world: World, token: string): void {
  const found = world.state.refreshTokens.get(token)
  world.state.refreshTokens.delete(token)
  found?.grant.clients.get(found.clientId)?.refreshTokens.delete(token)
}

/** The live access token with that value. */
export function findAccessToken(world: World, token: string): AccessToken | undefined {
  const found = world.state.accessTokens.get(token)
  if (!found || found.grant.revoked || found.expiresAtMs <= world.clock.now()) return undefined
  return found
}

/**
 * Ends a grant: every code and token of that user for every client of the project, the memory of the consent, and the app's
 * hidden folder (evidence B6, B9).
 */
export function revokeGrant(world: World, grant: Grant): void {
  grant.revoked = true
  const key = `${grant.project} ${grant.sub}`
  for (const { refreshTokens } of grant.clients.values()) {
    for (const token of refreshTokens) world.state.refreshTokens.delete(token)
  }
  world.state.grants.delete(key)
  world.state.folders.delete(key)
}

/** All values live equally long and the clock never goes back, so the oldest entries are the expired ones. */
function sweepExpired(values: Map<string, { expiresAtMs: number }>, now: number): void {
  for (const [key, { expiresAtMs }] of values) {
    if (expiresAtMs > now) return
    values.delete(key)
  }
}
