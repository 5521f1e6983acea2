import { isClientType } from '../accounts/credential.ts'
import { parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { sha256 } from '../core/sha256.ts'
import { Failure } from '../failures/index.ts'
import { folded } from '../files/same-path.ts'
import type { AuthorizationTransaction } from '../oauth/authorization-request.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { loopbackRedirectUris } from '../oauth/redirect-uri.ts'
import { splitScope } from '../oauth/scopes.ts'
import { longestItem, type SecretStore, setAndCompare } from '../stores/secret-store.ts'
import type { Settings } from './settings.ts'

/** A login that waits for its second step, with everything that its response and tokens are checked against. */
export interface PendingLogin {
  readonly issuer: string
  /** Its redirect URIs are only those that lead to this machine; a login cannot use the others. */
  readonly client: OAuthClient
  readonly transaction: AuthorizationTransaction
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly expectEmail: string | undefined
  /** RFC 3339, UTC. */
  readonly startedAt: string
  /** Whether the server was named on the command line. */
  readonly isIssuerNamed: boolean
  /** Whether the refresh token will be bound to a key. */
  readonly dpop: boolean
}

/**
 * Returns the name of the store item for the one pending login. Not secret. Each combination of home and configuration
 * folder has its own, so that a login started by another user, or in another home, is never finished by mistake.
 */
export function pendingLoginItem({ home, configDir }: Pick<Settings, 'home' | 'configDir'>): string {
  return `pending-login ${sha256(folded(`${home}\n${configDir}`), 24)}`
}

/**
 * Stores a login for its second step and replaces the previous one.
 * @throws Failure `usage` if it is too long for a store, and those of the store
 */
export async function keepPendingLogin(store: SecretStore, item: string, pending: PendingLogin): Promise<void> {
  const value = serializePendingLogin(pending)
  if (value.reveal().length > longestItem)
    throw new Failure('usage', {
      problem: `The scopes, client and redirect URIs exceed what a store can hold between two steps (${longestItem} characters); request fewer scopes.`,
      command: 'gsa login',
    })
  await setAndCompare(store, item, value)
}

/** Returns the pending login; undefined if there is none, or none that this version of gsa wrote. */
export async function readPendingLogin(store: SecretStore, item: string): Promise<PendingLogin | undefined> {
  const value = await store.get(item)
  return value === undefined ? undefined : parsePendingLogin(value)
}

function serializePendingLogin(pending: PendingLogin): Secret {
  const { issuer, client, transaction, redirectUri, scopes, expectEmail, startedAt, isIssuerNamed, dpop } = pending
  return new Secret(
    JSON.stringify({
      // Versions of gsa that do not know keys must not finish it without one.
      v: dpop ? 2 : 1,
      issuer,
      type: client.type,
      client_id: client.clientId,
      client_secret: client.clientSecret.reveal(),
      redirect_uris: client.type === 'web' ? loopbackRedirectUris(client) : client.redirectUris,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state: transaction.state,
      nonce: transaction.nonce,
      code_verifier: transaction.codeVerifier.reveal(),
      ...(expectEmail === undefined ? {} : { expect_email: expectEmail }),
      started_at: startedAt,
      ...(isIssuerNamed ? { issuer_named: true } : {}),
    }),
  )
}

function parsePendingLogin(value: Secret): PendingLogin | undefined {
  const object = parseJsonObject(Buffer.from(value.reveal()))
  const isKnown = object?.['v'] === 1 || object?.['v'] === 2
  if (object === undefined || !isKnown) return undefined
  const text = (name: string): string => stringMember(object, name) ?? ''
  const type = text('type')
  const redirectUris: unknown = object['redirect_uris']
  const isWhole = ['issuer', 'client_id', 'redirect_uri', 'state', 'nonce', 'code_verifier'].every(
    (name) => text(name) !== '',
  )
  if (!isWhole || Number.isNaN(Date.parse(text('started_at'))) || !isClientType(type) || !Array.isArray(redirectUris))
    return undefined
  return {
    issuer: text('issuer'),
    client: {
      type,
      clientId: text('client_id'),
      clientSecret: new Secret(text('client_secret')),
      redirectUris: redirectUris.filter((uri) => typeof uri === 'string'),
    },
    transaction: {
      state: text('state'),
      nonce: text('nonce'),
      codeVerifier: new Secret(text('code_verifier')),
    },
    redirectUri: text('redirect_uri'),
    scopes: splitScope(text('scope')),
    expectEmail: stringMember(object, 'expect_email'),
    startedAt: text('started_at'),
    isIssuerNamed: object['issuer_named'] === true,
    dpop: object['v'] === 2,
  }
}
