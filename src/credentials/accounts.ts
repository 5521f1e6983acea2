import { Failure, isFailure, type Secret } from '../failures/index.ts'
import { isSameIssuer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type Account, type Accounts, unknownHistory, wasAnotherRemoved, withOtherStores } from './account-index.ts'
import { accountLabel, accountName, type CommandFor, commandFor, isNamed } from './account-names.ts'
import {
  accountKeyOf,
  type AccountKey,
  accessTokenItem,
  type Credential,
  credentialItem,
  isSameAccount,
  parseCredential,
} from './credential.ts'
import type { Storage } from './storage.ts'
import { isSameStore } from './store-name.ts'

export { accountName } from './account-names.ts'
export { isSameAccount } from './credential.ts'

/** Which account a command is about. Each member narrows the choice. */
export interface AccountChoice {
  /** E-mail address or subject, alone or with a client: EMAIL/CLIENT_ID. */
  readonly account: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  /** Decides only between accounts that are left otherwise, and counts for nothing where no account is of that client. */
  readonly preferredClientId?: string | undefined
  /** The name of the store that must hold it. */
  readonly store?: string | undefined
  /** The flag or the variable that chose the server, and the store, for messages. */
  readonly chosenBy?: { readonly issuer: string; readonly store: string }
}

/** The command that makes an account the default one. */
export const useAccount: CommandFor = (selector) => ['accounts', 'use', ...selector]

/**
 * Returns the account that is meant: the named one, else the default one, else the only one.
 * @throws Failure `nothing_stored`, `account_not_stored`, `account_ambiguous`
 */
export function chooseAccount(list: Accounts, choice: AccountChoice, command: CommandFor = useAccount): Account {
  const { account: wanted } = choice
  const eligible = eligibleAccounts(list, choice)
  const named = eligible.filter((account) => wanted === undefined || isNamed(account, wanted))
  const ofPreferredClient = named.filter((account) => account.clientId === choice.preferredClientId)
  const candidates = ofPreferredClient.length > 0 ? ofPreferredClient : named
  const [only] = candidates
  if (only === undefined) throw noSuchAccount(list, choice, eligible)
  if (candidates.length === 1) return only
  const byDefault = defaultAmong(candidates, list)
  if (byDefault !== undefined) return byDefault
  throw new Failure('account_ambiguous', {
    account: wanted ?? null,
    candidates: candidates.map(
      (account) => `${accountName(account)} (${account.sub}, client ${account.clientId}, ${account.issuer})`,
    ),
    ...choicesOf(candidates, list, command),
  })
}

/** What a destructive command says of itself, so that it acts on no account that nobody chose. */
export interface Destruction {
  readonly command: CommandFor
  /** Whether a person is about to be asked about the account by its name. */
  readonly isConfirmed: boolean
}

/**
 * Returns the account that a destructive command acts on: the named one, else the default one, else the only one, unless another
 * one was ever removed here: a command that is repeated must not go on with the account that is left.
 * @throws Failure `account_needed` and what {@link chooseAccount} throws
 */
export function chooseAccountToDestroy(list: Accounts, choice: AccountChoice, destruction: Destruction): Account {
  const { command, isConfirmed } = destruction
  if (choice.account !== undefined) return chooseAccount(list, choice, command)
  const eligible = eligibleAccounts(list, choice)
  const [only, ...others] = eligible
  if (only === undefined) throw noSuchAccount(list, choice, eligible)
  const byDefault = defaultAmong(eligible, list)
  if (byDefault !== undefined) return byDefault
  // One that the settings hide counts as well: a variable that was left set chooses nothing.
  const isOnlyOne = list.accounts.length === 1 && !wasAnotherRemoved(list, only)
  if (others.length === 0 && (isConfirmed || isOnlyOne)) return only
  throw new Failure('account_needed', choicesOf(eligible, list, command))
}

/** Returns the accounts that the chosen server, store and client leave. */
export function eligibleAccounts(
  { accounts }: Accounts,
  { issuer, store, clientId }: Partial<Pick<AccountChoice, 'issuer' | 'store' | 'clientId'>>,
): readonly Account[] {
  return accounts.filter(
    (account) =>
      (issuer === undefined || isSameIssuer(account.issuer, issuer)) &&
      (store === undefined || storesOf(account).some((name) => isSameStore(name, store))) &&
      (clientId === undefined || account.clientId === clientId),
  )
}

/** Returns the names of all stores that hold secrets of an account, the one that is used first. */
function storesOf({ store, otherStores }: Account): readonly string[] {
  return [store, ...otherStores]
}

/** Returns the account with this store, if it is one of its own, as the one that is used. */
export function inStore(account: Account, store: string | undefined): Account {
  const chosen = store === undefined ? undefined : account.otherStores.find((name) => isSameStore(name, store))
  if (chosen === undefined) return account
  return withOtherStores({ ...account, store: chosen, hasRefreshToken: true }, [account.store])
}

/** Returns one of the accounts that the chosen server and store leave, if all are of one client of one server; else undefined. */
export function accountOfOnlyClient(
  list: Accounts,
  limits: Pick<AccountChoice, 'issuer' | 'store'>,
): Account | undefined {
  const [first, ...others] = eligibleAccounts(list, limits)
  const isOnly = others.every(({ issuer, clientId }) => issuer === first?.issuer && clientId === first.clientId)
  return isOnly ? first : undefined
}

function defaultAmong(candidates: readonly Account[], { default: preferred }: Accounts): Account | undefined {
  return preferred === null ? undefined : candidates.find((account) => isSameAccount(account, preferred))
}

/** More would be a wall of text, and `gsa accounts` lists them all. */
const mostCommands = 10

/** The accounts to choose from, for programs, and the command for each, for people. */
function choicesOf(
  candidates: readonly Account[],
  { accounts: listed }: Accounts,
  command: CommandFor,
): Pick<Failure<'account_needed'>['details'], 'accounts' | 'commands'> {
  return {
    accounts: candidates.map((account) => ({
      email: emailOf(account),
      sub: account.sub,
      clientId: account.clientId,
      store: account.store,
    })),
    commands: candidates.slice(0, mostCommands).map((account) => commandFor(command, account, listed)),
  }
}

function emailOf(account: Account): string | null {
  const name = accountName(account)
  return name === account.sub ? null : name
}

function noSuchAccount(list: Accounts, choice: AccountChoice, eligible: readonly Account[]): Failure {
  const { accounts } = list
  const { account: wanted } = choice
  const namesOf = (some: readonly Account[]): string[] => [...new Set(some.map(accountName))]
  const named = wanted === undefined ? [] : accounts.filter((account) => isNamed(account, wanted))
  if (wanted !== undefined && eligible.length > 0 && named.length === 0)
    return new Failure('account_not_stored', { account: wanted, stored: namesOf(eligible) })
  // What the settings hide: the accounts that were asked for, else all.
  const hidden = named.length > 0 ? named : accounts
  const limits = limitsOf(hidden, choice)
  return new Failure('nothing_stored', {
    account: wanted ?? null,
    others: namesOf(accounts),
    chosen: limits.map(({ what, value, by }) => `the ${what} ${value} (${by})`),
    chosenBy: limits.map(({ by }) => by),
    stored: hidden.map(
      (account) => `${accountName(account)} (${limits.map(({ what, of }) => `${what} ${of(account)}`).join(', ')})`,
    ),
  })
}

interface Limit {
  readonly what: 'server' | 'store' | 'client'
  readonly value: string
  /** The flag or variable that set it. */
  readonly by: string
  readonly of: (account: Account) => string
}

/** Returns the settings that hide some of these accounts. */
function limitsOf(hidden: readonly Account[], choice: AccountChoice): readonly Limit[] {
  const { issuer, store, clientId, chosenBy } = choice
  const limits: readonly (Omit<Limit, 'value'> & { readonly value: string | undefined })[] = [
    { what: 'server', value: issuer, by: chosenBy?.issuer ?? '--issuer', of: (account) => account.issuer },
    { what: 'store', value: store, by: chosenBy?.store ?? '--store', of: (account) => account.store },
    { what: 'client', value: clientId, by: '--client-secrets', of: (account) => account.clientId },
  ]
  const hides = ({ what, of }: Omit<Limit, 'value'>, value: string): boolean =>
    hidden.some((account) => {
      if (what === 'server') return !isSameIssuer(of(account), value)
      return what === 'store' ? !isSameStore(of(account), value) : of(account) !== value
    })
  return limits.flatMap((limit) =>
    limit.value !== undefined && hides(limit, limit.value) ? [{ ...limit, value: limit.value }] : [],
  )
}

/** The credential of an account, where it was found, and the account as it is listed from then on. */
export interface LocatedCredential {
  readonly storage: Storage
  readonly account: Account
  readonly credential: Credential
}

/**
 * Finds the credential of an account in its store; where that has no refresh token, in another store of it that has one. Other
 * stores that cannot be opened are skipped.
 * @throws Failure `credential_lost`, `stored_value_invalid`, and those of the store
 */
export async function locateCredential(storage: Storage, account: Account): Promise<LocatedCredential> {
  const own = await readCredential(storage, account)
  if (own?.refreshToken === undefined) {
    for (const name of account.otherStores) {
      const place = storage.at(name)
      const credential = await readCredential(place, account).catch(skipUnusable)
      if (credential?.refreshToken === undefined) continue
      const { obtainedAt } = credential
      const moved = { ...account, store: name, hasRefreshToken: true, refreshTokenObtainedAt: obtainedAt }
      return {
        storage: place,
        account: withOtherStores({ ...moved, refreshTokenExpiresAt: null }, [account.store]),
        credential,
      }
    }
  }
  if (own === undefined)
    throw new Failure('credential_lost', {
      account: labelIn(storage, account),
      store: storage.secrets.name,
    })
  return { storage, account, credential: own }
}

/** Returns what this store holds of an account, and undefined where that is nothing. @throws Failure `stored_value_invalid`, and those of the store */
export async function readCredential(
  { secrets }: Storage,
  account: AccountKey & Partial<Pick<Account, 'redirectUris'>>,
): Promise<Credential | undefined> {
  const value = await secrets.get(credentialItem(account))
  return value === undefined ? undefined : parseCredential(account, value, account.redirectUris ?? [], secrets.name)
}

/** A refresh token and the client that it belongs to. */
export interface HeldRefreshToken {
  readonly token: Secret
  readonly client: OAuthClient
}

/** Returns every refresh token of an account: one for each of its stores at the most. @throws those of the store */
export async function refreshTokensOf(storage: Storage, account: Account): Promise<readonly HeldRefreshToken[]> {
  const credentials = [await readCredential(storage, account)]
  for (const name of account.otherStores)
    credentials.push(await readCredential(storage.at(name), account).catch(skipUnusable))
  return credentials.flatMap((credential) =>
    credential?.refreshToken === undefined ? [] : [{ token: credential.refreshToken, client: credential.client }],
  )
}

function skipUnusable(error: unknown): undefined {
  if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
}

/** The secrets of an account. @throws what {@link locateCredential} throws */
export async function loadCredential(storage: Storage, account: Account): Promise<Credential> {
  return (await locateCredential(storage, account)).credential
}

/** Returns what messages call an account of this list: {@link accountLabel}. */
export function labelIn({ index }: Storage, account: Account): string {
  return accountLabel(account, index.read().accounts)
}

/** Adds an account to the list, or replaces it. The default one is chosen by `accounts use` only. */
export async function indexAccount({ index }: Storage, account: Account): Promise<void> {
  await index.update(({ accounts, default: preferred }) => ({
    accounts: [...accounts.filter((other) => !isSameAccount(other, account)), account],
    default: preferred,
  }))
}

/**
 * Deletes an account here: its secrets first, then its place in the list. The grant at the server stands.
 * @returns the names of other stores that could not be opened and may still hold a copy
 */
export async function deleteAccount(storage: Storage, account: Account): Promise<readonly string[]> {
  return storage.exclusively(account, () => deleteLocked(storage, account))
}

/**
 * {@link deleteAccount} for those who hold the lock of the account. @param revokedAt when its grant was revoked, RFC 3339: Google
 * revokes for all clients of the project, and what is stored for the others is dead from then on
 */
export async function deleteLocked(storage: Storage, account: Account, revokedAt?: string): Promise<readonly string[]> {
  await deleteSecrets(storage, account)
  const left: string[] = []
  for (const name of account.otherStores) {
    try {
      await deleteSecrets(storage.at(name), account)
    } catch (error) {
      // A lost passphrase of an old copy must not prevent the deletion.
      skipUnusable(error)
      left.push(name)
    }
  }
  await storage.index.update(({ accounts, default: preferred }) => ({
    accounts: accounts
      .filter((other) => !isSameAccount(other, account))
      .map((other) =>
        revokedAt !== undefined && isSameGrant(other, account) ? { ...other, projectRevokedAt: revokedAt } : other,
      ),
    default: preferred,
  }))
  return left
}

async function deleteSecrets({ secrets }: Storage, account: AccountKey): Promise<void> {
  await secrets.delete(accessTokenItem(account))
  await secrets.delete(credentialItem(account))
}

/** Whether both belong to one grant: the same person, at clients of one Cloud project, whose number begins their ids. */
function isSameGrant(a: AccountKey, b: AccountKey): boolean {
  const project = ({ clientId }: AccountKey): string | undefined => /^(\d+)-/.exec(clientId)?.[1]
  return a.issuer === b.issuer && a.sub === b.sub && project(a) !== undefined && project(a) === project(b)
}

/**
 * Lists again what a store holds: for a list that was lost or damaged. What only the list knew (claims, scopes, times) comes back
 * with the next refresh. An account that another store has a refresh token of stays there, unless the one found here is newer.
 * Doing it again changes nothing.
 * @returns the accounts that were found
 * @throws Failure of the store group
 */
export async function rebuildIndex(storage: Storage): Promise<readonly Account[]> {
  const { secrets, index } = storage
  // What is listed only later, by a login of the same moment, stays.
  const listed = readListed(storage)
  const found: Account[] = []
  for (const item of await secrets.items()) {
    const key = accountKeyOf(item)
    const value = key === undefined ? undefined : await secrets.get(item)
    if (key === undefined || value === undefined) continue
    found.push(accountFrom(parseCredential(key, value, [], secrets.name), secrets.name))
  }
  const usable = await usableElsewhere(storage, listed)
  await index.replaceDamaged((known) => ({
    accounts: [
      ...known.accounts.flatMap((account) => {
        const here = found.find((other) => isSameAccount(other, account))
        if (here !== undefined) return [combined(account, here, usable)]
        return listed.some((other) => isSameAccount(other, account)) ? withoutStore(account, secrets.name) : [account]
      }),
      ...found.filter((account) => !known.accounts.some((other) => isSameAccount(other, account))),
    ],
    default: known.default,
  }))
  return found
}

/** Returns the listed accounts of other stores whose refresh token really is there. */
async function usableElsewhere(storage: Storage, listed: readonly Account[]): Promise<readonly Account[]> {
  const usable: Account[] = []
  for (const account of listed.filter(({ store }) => !isSameStore(store, storage.secrets.name))) {
    const credential = await readCredential(storage.at(account.store), account).catch(skipUnusable)
    if (credential?.refreshToken !== undefined) usable.push(account)
  }
  return usable
}

function readListed({ index }: Storage): readonly Account[] {
  try {
    return index.read().accounts
  } catch (error) {
    if (isFailure(error, 'index_damaged')) return []
    throw error
  }
}

/** Makes one entry of what was listed and what was found in a store. */
function combined(listed: Account, here: Account, usable: readonly Account[]): Account {
  const isElsewhere = !isSameStore(listed.store, here.store)
  const isUsableElsewhere = isElsewhere && usable.some((account) => isSameAccount(account, listed))
  const isNewer =
    here.refreshTokenObtainedAt !== null &&
    listed.refreshTokenObtainedAt !== null &&
    here.refreshTokenObtainedAt > listed.refreshTokenObtainedAt
  const staysThere = isElsewhere && (!here.hasRefreshToken || (isUsableElsewhere && !isNewer))
  if (staysThere) return withOtherStores(listed, [here.store])
  const { store, hasRefreshToken, refreshTokenObtainedAt: obtainedAt } = here
  const isKnownToken = !isElsewhere && listed.hasRefreshToken === hasRefreshToken
  const times = isKnownToken
    ? {}
    : { refreshTokenObtainedAt: obtainedAt, refreshTokenExpiresAt: null, refreshTokenRefusal: null }
  return withOtherStores({ ...listed, store, hasRefreshToken, ...times }, [listed.store])
}

/** Returns the account at a store that is left to it, or nothing where none is. */
function withoutStore(account: Account, store: string): readonly Account[] {
  const otherStores = account.otherStores.filter((other) => !isSameStore(other, store))
  if (!isSameStore(account.store, store)) return [{ ...account, otherStores }]
  const [next, ...others] = otherStores
  return next === undefined ? [] : [{ ...account, store: next, otherStores: others }]
}

function accountFrom({ key, client, email, refreshToken, obtainedAt }: Credential, store: string): Account {
  return {
    ...key,
    clientType: client.type,
    redirectUris: [],
    store,
    claims: email === null ? null : { sub: key.sub, email },
    hasRefreshToken: refreshToken !== undefined,
    ...unknownHistory,
    refreshTokenObtainedAt: obtainedAt,
  }
}
