import type { Account, Accounts } from '../../accounts/account-index.ts'
import { isSameAccount } from '../../accounts/account-key.ts'
import { commandFor } from '../../accounts/account-names.ts'
import { type JsonObject, stringMember } from '../../core/json.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { storePlace } from '../../core/store-place.ts'
import type { Grant } from '../../credentials/grant.ts'
import { typedCommand } from '../../failures/index.ts'
import { connectionsPage } from '../../oauth/authorization-server.ts'
import type { ResultPage } from '../../oauth/result-page.ts'
import { fullScope, shortScope } from '../../oauth/scopes.ts'
import { isDatabaseStore } from '../../stores/store-name.ts'
import type { Context } from '../../terminal/context.ts'
import { humanDistance, twoColumns } from '../../terminal/lines.ts'
import type { Session } from './session.ts'

/** The identity of an account, from verified claims; missing claims are null. */
export interface AccountDocument {
  readonly sub: string
  readonly email: string | null
  readonly emailVerified: boolean | null
  readonly name: string | null
  readonly givenName: string | null
  readonly familyName: string | null
  readonly picture: string | null
  readonly locale: string | null
  readonly hostedDomain: string | null
}

/** Returns the `account` member of JSON output. */
export function accountDocument(sub: string, claims: JsonObject | null): AccountDocument {
  const text = (name: string): string | null => (claims === null ? null : (stringMember(claims, name) ?? null))
  const verified = claims?.['email_verified']
  return {
    // If the grant has no subject of its own, the ID token of a refresh may still identify the account.
    sub: text('sub') ?? sub,
    email: text('email'),
    emailVerified: typeof verified === 'boolean' ? verified : typeof verified === 'string' ? verified === 'true' : null,
    name: text('name'),
    givenName: text('given_name'),
    familyName: text('family_name'),
    picture: text('picture'),
    locale: text('locale'),
    hostedDomain: text('hd'),
  }
}

/**
 * Reports the grant of `login`, `exchange` or `refresh`: first the warnings, then the result. Includes tokens only if
 * the user asked for them.
 */
export async function reportGrant(
  { output, now }: Context,
  headline: string,
  grant: Grant,
  showTokens: boolean,
): Promise<void> {
  for (const warning of grant.warnings) output.warn(warning)
  await output.result(grantDocument(grant, showTokens), () => grantText(headline, grant, showTokens, now()))
}

/**
 * Reports a login like {@link reportGrant}, and suggests the next command if nothing is missing; a warning covers the
 * rest.
 */
export async function reportLogin(
  context: Context,
  grant: Grant,
  { storage }: Pick<Session, 'storage'>,
  showTokens: boolean,
): Promise<void> {
  await reportGrant(context, `Logged in as ${grantAccountName(grant)}`, grant, showTokens)
  if (isWhole(grant) && !context.output.isJson)
    context.output.note(`Next: ${nextCommand(grant, await storage.index.read({ key: grant.key }))}`)
}

// Whether it has a refresh token and every requested scope.
function isWhole({ refreshToken, scopes }: Grant): boolean {
  return refreshToken.stored && scopes.missing.length === 0
}

/** Returns the next command for the account that has just logged in, with `--account` unless gsa chooses it anyway. */
function nextCommand(grant: Grant, list: Accounts): string {
  const words = nextWords(grant)
  const account = list.accounts.find((one) => isSameAccount(one, grant.key))
  const isDefault = list.default !== null && isSameAccount(list.default, grant.key)
  if (account === undefined || isDefault || list.accounts.length === 1) return typedCommand(['gsa', ...words])
  return commandFor((selector) => [...words, '--account', ...selector], account, list.accounts)
}

function nextWords(grant: Grant): readonly string[] {
  if (!isWhole(grant)) return ['login', '--force-consent']
  return grant.scopes.granted.includes(fullScope('drive.appdata')) ? ['drive', 'ls-appfolder'] : ['token']
}

/** Returns the JSON that `login`, `exchange` and `refresh` print, and that `serve` sends. */
export function grantDocument(
  grant: Grant,
  showTokens: boolean,
): Readonly<Record<string, unknown>> & { readonly account: AccountDocument } {
  const { key, scopes, accessToken, refreshToken, idToken, claims, warnings } = grant
  return {
    account: accountDocument(key.sub, claims),
    clientId: key.clientId,
    issuer: key.issuer,
    scopes,
    accessToken: { expiresAt: accessToken.expiresAt, ...(showTokens ? { value: accessToken.value.reveal() } : {}) },
    refreshToken: {
      received: refreshToken.value !== undefined,
      stored: refreshToken.stored,
      store: refreshToken.store,
      rotated: refreshToken.rotated,
      bound: refreshToken.bound,
      expiresAt: refreshToken.expiresAt,
      ...(showTokens && refreshToken.value !== undefined ? { value: refreshToken.value.reveal() } : {}),
    },
    idToken: {
      verified: idToken !== null,
      claims: idToken?.claims ?? null,
      ...(showTokens && idToken !== null ? { value: idToken.value.reveal() } : {}),
    },
    warnings,
  }
}

/** Returns the name of a grant's account in messages. */
export function grantAccountName({ label }: Grant): string {
  return label
}

function grantText(headline: string, grant: Grant, showTokens: boolean, nowMs: number): string {
  const { accessToken, refreshToken, idToken, scopes } = grant
  const facts = twoColumns([
    ['Scopes', scopes.granted.map(shortScope).join(' ')],
    [
      'Access token',
      accessToken.expiresAt === null ? 'received' : `expires ${humanDistance(accessToken.expiresAt, nowMs)}`,
    ],
    ['Refresh token', refreshTokenText(grant)],
    ['ID token', idToken === null ? 'none received' : 'verified'],
    ...(showTokens
      ? ([
          ['access_token', accessToken.value.reveal()],
          ['refresh_token', refreshToken.value?.reveal()],
          ['id_token', idToken?.value.reveal()],
        ] as const)
      : []),
  ])
  return `${safeText(headline)}\n${facts.replace(/^/gm, '  ')}`
}

/** Returns the message that an account was deleted here, without revoking access. */
export function deletedText(account: Account, name: string): string {
  const page = connectionsPage(account.issuer)
  return `Deleted ${safeText(name)} from ${deletionPlace(account)}. Access is not revoked${page === null ? '.' : `: revoke it at ${page}`}`
}

/** Returns where an account is deleted: `this machine`, or the database that several machines share. */
export function deletionPlace({ store }: Pick<Account, 'store'>): string {
  return isDatabaseStore(store) ? safeText(storePlace(store).replace(/^in /, '')) : 'this machine'
}

/** Returns the note that a store could not be opened, so an older copy of the account may remain there. */
export function copyLeftText(store: string): string {
  return `An older copy may remain ${safeText(storePlace(store))}, which could not be opened.`
}

/** Describes where a refresh token is: `in the keychain`. */
export function tokenPlace(store: string | null): string {
  return store === 'memory' ? 'in memory until gsa exits' : storePlace(store)
}

/** Describes the state of a grant's refresh token: `received, in the keychain`. */
export function refreshTokenText({ refreshToken }: Grant): string {
  const { value, stored, store, rotated, bound } = refreshToken
  const text = placeOfToken(value !== undefined, stored, store, rotated)
  return bound ? `${text}, bound to a key` : text
}

function placeOfToken(isReceived: boolean, stored: boolean, store: string | null, rotated: boolean): string {
  if (rotated) return `rotated, the new one is ${tokenPlace(store)}`
  if (!isReceived) return stored ? tokenPlace(store) : 'none received, none stored'
  return stored ? `received, ${tokenPlace(store)}` : 'received, not stored'
}

/** Returns the page that the browser shows after a login. */
export async function grantPage(grant: Grant, { storage }: Pick<Session, 'storage'>): Promise<ResultPage> {
  const { scopes, warnings } = grant
  // A label with the client and the server is too long for a heading.
  const [, name = grant.label, client] = /^(\S+) \((.*)\)$/.exec(grant.label) ?? []
  return {
    status: 200,
    title: `Logged in as ${name}`,
    message: `${isWhole(grant) ? 'gsa has what it needs.' : 'The login did not return everything that gsa requested.'} You can close this tab and go back to the terminal.`,
    warnings: warnings.map(({ message }) => message),
    facts: [
      ...(client === undefined ? [] : [['With', client.split(', ')] as const]),
      ['Granted', scopes.granted.map(shortScope)],
      ['Refresh token', [refreshTokenText(grant)]],
    ],
    next: nextCommand(grant, await storage.index.read({ key: grant.key })),
  }
}
