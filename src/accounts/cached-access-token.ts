import { parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { longestItem, type SecretStore } from '../stores/secret-store.ts'
import type { AccountKey } from './account-key.ts'

/** An access token and when it ends. */
export interface CachedAccessToken {
  readonly value: Secret
  /** RFC 3339, UTC. A token of the future means that the clock was set back, and that nothing is known of its end. */
  readonly issuedAt: string
  /** RFC 3339, UTC; null where the server did not say. */
  readonly expiresAt: string | null
}

/** The name under which a store keeps the access token of an account. */
export function accessTokenItem({ issuer, clientId, sub }: AccountKey): string {
  return `access-token ${issuer} ${clientId} ${sub}`
}

/** One line of JSON, or undefined for a token too long for every platform's keychain: it is then not cached. */
export function serializeAccessToken({ value, issuedAt, expiresAt }: CachedAccessToken): Secret | undefined {
  const text = JSON.stringify({ v: 1, access_token: value.reveal(), issued_at: issuedAt, expires_at: expiresAt })
  return text.length > longestItem ? undefined : new Secret(text)
}

/** Keeps an access token for the runs to come, in place of the one before; one that is too long is not kept. */
export async function cacheAccessToken(store: SecretStore, key: AccountKey, token: CachedAccessToken): Promise<void> {
  const value = serializeAccessToken(token)
  if (value === undefined) await store.delete(accessTokenItem(key))
  else await store.set(accessTokenItem(key), value)
}

/** The cached token, or undefined where the value is not one: a cache may be lost. */
export function parseAccessToken(value: Secret): CachedAccessToken | undefined {
  const object = parseJsonObject(Buffer.from(value.reveal()))
  const token = object === undefined ? undefined : stringMember(object, 'access_token')
  const issuedAt = object === undefined ? undefined : stringMember(object, 'issued_at')
  if (object?.['v'] !== 1 || token === undefined || issuedAt === undefined) return undefined
  // What a terminal or a header gets holds the characters that a token endpoint may send, whatever wrote it here.
  if (!/^[\x21-\x7e]+$/.test(token)) return undefined
  return { value: new Secret(token), issuedAt, expiresAt: stringMember(object, 'expires_at') ?? null }
}
