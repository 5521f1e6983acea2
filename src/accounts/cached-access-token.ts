import { parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { longestItem, type SecretStore } from '../stores/secret-store.ts'
import type { AccountKey } from './account-key.ts'

/** An access token and its expiry time. */
export interface CachedAccessToken {
  readonly value: Secret
  /** RFC 3339, UTC. A time in the future means that the clock was set back, so the token's age is unknown. */
  readonly issuedAt: string
  /** RFC 3339, UTC; null if the server did not say. */
  readonly expiresAt: string | null
}

/** Returns the name of the store item that holds an account's access token. */
export function accessTokenItem({ issuer, clientId, sub }: AccountKey): string {
  return `access-token ${issuer} ${clientId} ${sub}`
}

/** Returns one line of JSON; undefined if the token is too long for some platform's keychain and cannot be cached. */
export function serializeAccessToken({ value, issuedAt, expiresAt }: CachedAccessToken): Secret | undefined {
  const text = JSON.stringify({ v: 1, access_token: value.reveal(), issued_at: issuedAt, expires_at: expiresAt })
  return text.length > longestItem ? undefined : new Secret(text)
}

/** Caches an access token for later runs and replaces the previous one. Does not cache one that is too long. */
export async function cacheAccessToken(store: SecretStore, key: AccountKey, token: CachedAccessToken): Promise<void> {
  const value = serializeAccessToken(token)
  if (value === undefined) await store.delete(accessTokenItem(key))
  else await store.set(accessTokenItem(key), value)
}

/** Returns the cached token; undefined if the value is not one: a cache may be lost. */
export function parseAccessToken(value: Secret): CachedAccessToken | undefined {
  const object = parseJsonObject(Buffer.from(value.reveal()))
  const token = object === undefined ? undefined : stringMember(object, 'access_token')
  const issuedAt = object === undefined ? undefined : stringMember(object, 'issued_at')
  if (object?.['v'] !== 1 || token === undefined || issuedAt === undefined) return undefined
  // Tokens reach terminals and headers, so accept only the characters that a token endpoint may send.
  if (!/^[\x21-\x7e]+$/.test(token)) return undefined
  return { value: new Secret(token), issuedAt, expiresAt: stringMember(object, 'expires_at') ?? null }
}
