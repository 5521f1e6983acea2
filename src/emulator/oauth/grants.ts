import { createHash } from 'node:crypto'
import type { EmulatorAccount, EmulatorClient } from '../built-in.ts'
import type { AccessToken, AuthorizationCode, Grant, World } from '../state.ts'
import { clientGrantOf, grantOf, hasEnded } from './client-grant.ts'

/** Google gives no number; ten minutes is what RFC 6749 section 4.1.2 allows at most. */
const codeLifetimeMs = 10 * 60_000
/** Google says 3599, never 3600. */
export const accessTokenLifetimeSeconds = 3599
/**
 * Live access tokens per account and client; the one that was not used for the longest time is dropped. Google names no limit, but
 * without one an hour of refreshing fills the memory.
 */
const accessTokenLimit = 5000

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
  /** The user gives access for so long only. */
  accessSeconds?: number
  /** Asked for by a mobile or web SDK. */
  fromSdk?: boolean
}

/** Records a sign-in with a consent; returns the grant it belongs to, the scopes of its tokens, and whether it yields a refresh token. */
export function recordConsent(
  world: World,
  consent: Pick<Consent, 'client' | 'account' | 'scopes' | 'includeGrantedScopes' | 'accessType' | 'forceRefreshToken'>,
): { grant: Grant; scopes: ReadonlySet<string>; refreshToken: boolean } {
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
  // A map keeps the place of a key it knows; the last one to sign in belongs at the end.
  world.state.signIns.delete(account.sub)
  world.state.signIns.set(account.sub, world.clock.now())
  return { grant, scopes, refreshToken }
}

/** Records the consent and issues a single-use authorization code for it. */
export function issueCode(world: World, consent: Consent): { code: string; scopes: ReadonlySet<string> } {
  const { client, account } = consent
  const { grant, scopes, refreshToken } = recordConsent(world, consent)
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
    ...(consent.accessSeconds !== undefined && { accessSeconds: consent.accessSeconds }),
    fromSdk: consent.fromSdk ?? false,
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
  const now = world.clock.now()
  return hasEnded(found.grant, now) || found.expiresAtMs <= now ? undefined : found
}

/** Whether the verifier answers the challenge (RFC 7636 section 4.6). */
export function verifierMatches(challenge: NonNullable<AuthorizationCode['challenge']>, verifier: string): boolean {
  if (challenge.method === 'plain') return verifier === challenge.value
  return createHash('sha256').update(verifier).digest('base64url') === challenge.value
}

/** A new access token, good for 3599 seconds; the 5,001st of an account and client drops one that is not used. */
export function issueAccessToken(world: World, from: Omit<AccessToken, 'expiresAtMs'>): string {
  const token = world.mint.accessToken()
  const now = world.clock.now()
  sweepExpired(world.state.accessTokens, now, (expired) => dropAccessToken(world, expired))
  world.state.accessTokens.set(token, { ...from, expiresAtMs: now + accessTokenLifetimeSeconds * 1000 })
  const live = clientGrantOf(from.grant, from.clientId).accessTokens
  live.add(token)
  const [unused] = live
  if (live.size > accessTokenLimit && unused !== undefined) dropAccessToken(world, unused)
  return token
}

/** Forgets one access token, and nothing else. */
export function dropAccessToken(world: World, token: string): void {
  const found = world.state.accessTokens.get(token)
  world.state.accessTokens.delete(token)
  found?.grant.clients.get(found.clientId)?.accessTokens.delete(token)
}

/** Whether that access token works at `now`. */
export function isLiveAccessToken({ grant, expiresAtMs }: AccessToken, now: number): boolean {
  return !hasEnded(grant, now) && expiresAtMs > now
}

/** The live access token with that value, which counts as a use of it. */
export function findAccessToken(world: World, token: string): AccessToken | undefined {
  const found = world.state.accessTokens.get(token)
  if (!found || !isLiveAccessToken(found, world.clock.now())) return undefined
  const live = found.grant.clients.get(found.clientId)?.accessTokens
  // A set keeps the order of its insertions, so this makes it the last to be dropped.
  if (live?.delete(token)) live.add(token)
  return found
}

/**
 * Drops what expired at `now` or before. All values of a map live equally long and the clock never goes back, so the oldest entries are the
 * expired ones.
 */
export function sweepExpired(
  values: Map<string, { expiresAtMs: number }>,
  now: number,
  drop: (key: string) => void = (key) => values.delete(key),
): void {
  for (const [key, { expiresAtMs }] of values) {
    if (expiresAtMs > now) return
    drop(key)
  }
}
