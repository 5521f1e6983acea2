import { parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import type { ClientType, OAuthClient } from '../oauth/client.ts'
import { type DpopKey, parseDpopKey } from '../oauth/dpop-key.ts'
import type { AccountKey } from './account-key.ts'

/** The secret part of an account: only data that cannot be obtained elsewhere. */
export interface Credential {
  readonly key: AccountKey
  readonly client: OAuthClient
  /** Stored with the secrets, so that a lost list of accounts can be rebuilt with names; null if unknown. */
  readonly email: string | null
  /** undefined if the server returned none, or refused it. */
  readonly refreshToken: Secret | undefined
  /** The key that the refresh token is bound to. One item holds both, so that neither is ever without the other. */
  readonly dpopKey: DpopKey | undefined
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
export function serializeCredential({ client, email, refreshToken, dpopKey, obtainedAt }: Credential): Secret {
  const isBound = refreshToken !== undefined && dpopKey !== undefined
  return new Secret(
    JSON.stringify({
      // Versions of gsa that do not know keys must not refresh a bound token, or write it back without its key.
      v: isBound ? 2 : 1,
      type: client.type,
      client_secret: client.clientSecret.reveal(),
      ...(email === null ? {} : { email }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.reveal() }),
      ...(isBound ? { dpop_key: dpopKey.d.reveal() } : {}),
      ...(refreshToken === undefined || obtainedAt === null ? {} : { obtained_at: obtainedAt }),
    }),
  )
}

/**
 * Returns the maximum length of a stored credential for this client, with the longest email address (RFC 5321 section
 * 4.5.3.1.3) and the longest refresh token that Google documents (512 bytes).
 * @param dpopKey the key that the refresh token will be bound to
 */
export function longestCredential(client: OAuthClient, dpopKey?: DpopKey): number {
  const [email, refreshToken] = ['e'.repeat(254), new Secret('t'.repeat(512))]
  const key = { issuer: '', clientId: client.clientId, sub: '' }
  const obtainedAt = new Date(0).toISOString()
  return serializeCredential({ key, client, email, refreshToken, dpopKey, obtainedAt }).reveal().length
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
  const dpopKey = object?.['v'] === 2 ? parseDpopKey(stringMember(object, 'dpop_key') ?? '') : undefined
  const isKnown = object?.['v'] === 1 || dpopKey !== undefined
  if (object === undefined || !isKnown || clientSecret === undefined || !isClientType(type))
    throw new Failure('stored_value_invalid', { store, account: key.sub })
  const refreshToken = stringMember(object, 'refresh_token')
  return {
    key,
    client: { type, clientId: key.clientId, clientSecret: new Secret(clientSecret), redirectUris },
    email: stringMember(object, 'email') ?? null,
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
    dpopKey,
    obtainedAt: stringMember(object, 'obtained_at') ?? null,
  }
}

/** Returns whether a stored text is a {@link ClientType}. */
export function isClientType(value: string | undefined): value is ClientType {
  return value === 'web' || value === 'installed'
}
