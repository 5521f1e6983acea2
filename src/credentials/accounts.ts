import { Failure } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import { isSameIssuer } from '../oauth/authorization-server.ts'
import { type Account, type Accounts, unknownHistory } from './account-index.ts'
import {
  accountKeyOf,
  type AccountKey,
  accessTokenItem,
  type Credential,
  credentialItem,
  parseCredential,
} from './credential.ts'
import { environmentSub } from './environment-sub.ts'
import type { Storage } from './storage.ts'

/** Which account a command is about. Each member narrows the choice. */
export interface AccountChoice {
  /** E-mail address or subject. */
  readonly account: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  /** Decides only between accounts that are left otherwise, and counts for nothing where no account is of that client. */
  readonly preferredClientId?: string | undefined
  /** The name of the store that must hold it. */
  readonly store?: string | undefined
}

/** How an account is called in messages: its e-mail address, else its subject. */
export function accountName(account: Pick<Account, 'claims' | 'sub'>): string {
  const email = account.claims === null ? undefined : stringMember(account.claims, 'email')
  return email ?? (account.sub === environmentSub ? 'the account of GSA_REFRESH_TOKEN' : account.sub)
}

// One person may have accounts at several clients.
function namesOf(accounts: readonly Account[]): string[] {
  return [...new Set(accounts.map(accountName))]
}

/** Whether both name the same account. */
export function isSameAccount(a: AccountKey, b: AccountKey): boolean {
  return a.issuer === b.issuer && a.clientId === b.clientId && a.sub === b.sub
}

/**
 * The account that is meant: the named one, else the default one, else the only one.
 * @throws Failure `nothing_stored`, `account_not_stored`, `account_ambiguous`
 */
export function chooseAccount({ accounts, default: preferred }: Accounts, choice: AccountChoice): Account {
  const wanted = choice.account?.toLowerCase()
  const eligible = accounts.filter(
    (account) =>
      (choice.issuer === undefined || isSameIssuer(account.issuer, choice.issuer)) &&
      (choice.store === undefined || account.store === choice.store) &&
      (choice.clientId === undefined || account.clientId === choice.clientId),
  )
  const named = eligible.filter(
    (account) =>
      wanted === undefined || account.sub === choice.account || accountName(account).toLowerCase() === wanted,
  )
  const ofPreferredClient = named.filter((account) => account.clientId === choice.preferredClientId)
  const candidates = ofPreferredClient.length > 0 ? ofPreferredClient : named
  const [only] = candidates
  if (only === undefined) {
    if (choice.account !== undefined && eligible.length > 0)
      throw new Failure('account_not_stored', { account: choice.account, stored: namesOf(eligible) })
    throw new Failure('nothing_stored', { others: namesOf(accounts) })
  }
  if (candidates.length === 1) return only
  const byDefault = preferred === null ? undefined : candidates.find((account) => isSameAccount(account, preferred))
  if (byDefault !== undefined) return byDefault
  throw new Failure('account_ambiguous', {
    account: choice.account ?? null,
    candidates: candidates.map(
      (account) => `${accountName(account)} (${account.sub}, client ${account.clientId}, ${account.issuer})`,
    ),
  })
}

/** The secrets of an account. @throws Failure `credential_lost`, `stored_value_invalid`, and those of the store */
export async function loadCredential({ secrets }: Storage, account: Account): Promise<Credential> {
  const value = await secrets.get(credentialItem(account))
  if (value === undefined) throw new Failure('credential_lost', { account: accountName(account), store: secrets.name })
  return parseCredential(account, value, account.redirectUris, secrets.name)
}

/** Adds an account to the list, or replaces it. The default one is chosen by `accounts use` only. */
export async function indexAccount({ index }: Storage, account: Account): Promise<void> {
  await index.update(({ accounts, default: preferred }) => ({
    accounts: [...accounts.filter((other) => !isSameAccount(other, account)), account],
    default: preferred,
  }))
}

/** Deletes an account here: its secrets first, then its place in the list. The grant at the server stands. */
export async function deleteAccount(storage: Storage, account: AccountKey): Promise<void> {
  await storage.exclusively(account, () => deleteLocked(storage, account))
}

/**
 * {@link deleteAccount} for those who hold the lock of the account. @param revokedAt when its grant was revoked, RFC 3339: Google
 * revokes for all clients of the project, and what is stored for the others is dead from then on
 */
export async function deleteLocked(
  { secrets, index }: Storage,
  account: AccountKey,
  revokedAt?: string,
): Promise<void> {
  await secrets.delete(accessTokenItem(account))
  await secrets.delete(credentialItem(account))
  await index.update(({ accounts, default: preferred }) => ({
    accounts: accounts
      .filter((other) => !isSameAccount(other, account))
      .map((other) =>
        revokedAt !== undefined && isSameGrant(other, account) ? { ...other, projectRevokedAt: revokedAt } : other,
      ),
    default: preferred !== null && isSameAccount(preferred, account) ? null : preferred,
  }))
}

/** Whether both belong to one grant: the same person, at clients of one Cloud project, whose number begins their ids. */
function isSameGrant(a: AccountKey, b: AccountKey): boolean {
  const project = ({ clientId }: AccountKey): string | undefined => /^(\d+)-/.exec(clientId)?.[1]
  return a.issuer === b.issuer && a.sub === b.sub && project(a) !== undefined && project(a) === project(b)
}

/**
 * Lists again what a store holds: for a list that was lost or damaged. What only the list knew (claims, scopes, times)
 * comes back with the next refresh. Accounts of other stores stay as they are, if the list can be read.
 * @returns the accounts that were found
 * @throws Failure of the store group
 */
export async function rebuildIndex(storage: Storage): Promise<readonly Account[]> {
  const { secrets, index } = storage
  const found: Account[] = []
  for (const item of await secrets.items()) {
    const key = accountKeyOf(item)
    const value = key === undefined ? undefined : await secrets.get(item)
    if (key === undefined || value === undefined) continue
    found.push(accountFrom(parseCredential(key, value, [], secrets.name), secrets.name))
  }
  await index.replaceDamaged((known) => ({
    accounts: [
      ...known.accounts.filter((account) => account.store !== secrets.name),
      ...found.map((account) => known.accounts.find((other) => isSameAccount(other, account)) ?? account),
    ],
    default: known.default,
  }))
  return found
}

function accountFrom({ key, client, email, refreshToken }: Credential, store: string): Account {
  return {
    ...key,
    clientType: client.type,
    redirectUris: [],
    store,
    claims: email === null ? null : { sub: key.sub, email },
    hasRefreshToken: refreshToken !== undefined,
    ...unknownHistory,
  }
}
