import { parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import type { ClientType, OAuthClient } from '../oauth/client.ts'
import type { AccountKey } from './account-key.ts'

/** The secret part of an account: only data that cannot be obtained elsewhere. */
export interface Credential {
  readonly key: AccountKey
  readonly client: OAuthClient
  /** Stored with the secrets, so that a lost list of accounts can be rebuilt with names; null if unknown. */
  readonly email: string | null
  /** undefined if the server returned none, or refused it. */
  readonly refreshToken: Secret | undefined
  /** When the refresh token was obtained, RFC 3339: the newer of two stores' tokens is used. null if unknown. */
  readonly obtainedAt: string | null
}

/** Returns the name of the store item that holds an account's credential. Not secret: keychains show it. */
export function credentialItem({ issuer, clientId, sub }: AccountKey): string {
  return `credential ${issuer} ${clientId} ${sub}`
}

/** Returns the account of an item name from {@link credentialItem}; undefined for other items. */
export function accountKeyOf(item: string): AccountKey | undefined {
  const [kind, issuer, clientId, sub, ...more] = item.split(' ')
  if (kind !== 'credential' || issuer === undefined || clientId === undefined || sub === undefined || more.length > 0)
    return undefined
  return { issuer, clientId, sub }
}

/** Returns one line of JSON, because a raw line break destroys an unencrypted GNOME keyring. */
export function serializeCredential({ client, email, refreshToken, obtainedAt }: Credential): Secret {
  return new Secret(
    JSON.stringify({
      v: 1,
      type: client.type,
      client_secret: client.clientSecret.reveal(),
      ...(email === null ? {} : { email }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.reveal() }),
      ...(refreshToken === undefined || obtainedAt === null ? {} : { obtained_at: obtainedAt }),
    }),
  )
}

/**
 * Returns the maximum length of a stored credential for this client, with the longest email address (RFC 5321 section
 * 4.5.3.1.3) and the longest refresh token that Google documents (512 bytes).
 */
export function longestCredential(client: OAuthClient): number {
  const [email, refreshToken] = ['e'.repeat(254), new Secret('t'.repeat(512))]
  const key = { issuer: '', clientId: client.clientId, sub: '' }
  const obtainedAt = new Date(0).toISOString()
  return serializeCredential({ key, client, email, refreshToken, obtainedAt }).reveal().length
}

/** @throws Failure `stored_value_invalid` */
export function parseCredential(
  key: AccountKey,
  value: Secret,
  redirectUris: readonly string[],
  store: string,
): Credential {
  const object = parseJsonObject(Buffer.from(value.reveal()))
  const type = object === undefined ? undefined : stringMember(object, 'type')
  const clientSecret = object === undefined ? undefined : stringMember(object, 'client_secret')
  if (object?.['v'] !== 1 || clientSecret === undefined || !isClientType(type))
    throw new Failure('stored_value_invalid', { store, account: key.sub })
  const refreshToken = stringMember(object, 'refresh_token')
  return {
    key,
    client: { type, clientId: key.clientId, clientSecret: new Secret(clientSecret), redirectUris },
    email: stringMember(object, 'email') ?? null,
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
    obtainedAt: stringMember(object, 'obtained_at') ?? null,
  }
}

/** Returns whether a stored text is a {@link ClientType}. */
export function isClientType(value: string | undefined): value is ClientType {
  return value === 'web' || value === 'installed'
}
