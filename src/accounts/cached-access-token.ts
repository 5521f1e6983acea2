import { isJsonObject, type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { longestItem, type SecretStore } from '../stores/secret-store.ts'
import type { AccountKey } from './account-key.ts'
import { type Credential, credentialItem } from './credential.ts'

/** An access token and its expiry time. */
export interface CachedAccessToken {
  readonly value: Secret
  /** RFC 3339, UTC. A time in the future means that the clock was set back, so the token's age is unknown. */
  readonly issuedAt: string
  /** RFC 3339, UTC; null if the server did not say. */
  readonly expiresAt: string | null
}

/** Returns the name of the item that holds an account's access token, in stores that cannot hold long items. */
export function accessTokenItem({ issuer, clientId, sub }: AccountKey): string {
  return `access-token ${issuer} ${clientId} ${sub}`
}

/**
 * Caches an access token for later runs and replaces the previous one. A store that holds long items gets it in the
 * credential's item, because opening another item takes as long as a small request. Elsewhere it has an item of its
 * own; one that is too long is not cached.
 * @param credential the account's credential. If the store has another one now, the token is not cached.
 */
export async function cacheAccessToken(
  store: SecretStore,
  credential: Credential,
  token: CachedAccessToken,
): Promise<void> {
  const { key } = credential
  const cached = membersOf(token)
  if (store.holdsLongItems === true) {
    // A program with another configuration folder, which has other locks, may have logged in again, or out.
    const current = objectOf(await store.get(credentialItem(key)))
    if (current !== undefined && current['refresh_token'] === credential.refreshToken?.reveal())
      await store.set(credentialItem(key), new Secret(JSON.stringify({ ...current, cached })))
    return
  }
  const text = JSON.stringify({ v: 1, ...cached })
  if (text.length > longestItem) await store.delete(accessTokenItem(key))
  else await store.set(accessTokenItem(key), new Secret(text))
}

/** Returns an account's cached token, whatever its age; undefined if there is none: a cache may be lost. */
export async function readAccessToken(store: SecretStore, key: AccountKey): Promise<CachedAccessToken | undefined> {
  if (store.holdsLongItems !== true) {
    const object = objectOf(await store.get(accessTokenItem(key)))
    return object?.['v'] === 1 ? tokenOf(object) : undefined
  }
  const cached = objectOf(await store.get(credentialItem(key)))?.['cached']
  return isJsonObject(cached) ? tokenOf(cached) : undefined
}

function membersOf({ value, issuedAt, expiresAt }: CachedAccessToken): JsonObject {
  return { access_token: value.reveal(), issued_at: issuedAt, expires_at: expiresAt }
}

function tokenOf(object: JsonObject): CachedAccessToken | undefined {
  const token = stringMember(object, 'access_token')
  const issuedAt = stringMember(object, 'issued_at')
  // Tokens reach terminals and headers, so accept only the characters that a token endpoint may send.
  if (token === undefined || issuedAt === undefined || !/^[\x21-\x7e]+$/.test(token)) return undefined
  return { value: new Secret(token), issuedAt, expiresAt: stringMember(object, 'expires_at') ?? null }
}

function objectOf(value: Secret | undefined): JsonObject | undefined {
  return value === undefined ? undefined : parseJsonObject(Buffer.from(value.reveal()))
}
