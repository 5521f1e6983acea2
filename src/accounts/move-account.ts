import { randomUUID } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import { type SecretStore, setAndCompare } from '../stores/secret-store.ts'
import { isSameStore } from '../stores/store-name.ts'
import { Failure } from '../failures/index.ts'
import { type Account, withOtherStores, withoutStore } from './account-index.ts'
import { type AccountKey, isSameAccount } from './account-key.ts'
import type { AccountStorage } from './account-storage.ts'
import { cacheAccessToken, readAccessToken } from './cached-access-token.ts'
import { type Credential, credentialItem, serializeCredential } from './credential.ts'
import { deleteSecrets } from './delete-account.ts'
import { storesOf } from './eligible-accounts.ts'
import { labelIn, listedAccount, readCredential, skipUnusable } from './locate-credential.ts'

/** The stores of a move. */
export interface Move {
  /** The list of the accounts to move, with any of their stores. */
  readonly source: AccountStorage
  readonly destination: AccountStorage
  /** The store to move from; undefined for all that an account is in. */
  readonly from: string | undefined
  /** Whether the accounts stay in the old store, too. */
  readonly isCopy: boolean
}

/** The result for an account. */
export interface Moved {
  /** `kept`: the destination has a newer refresh token, which stays. */
  readonly outcome: 'moved' | 'kept' | 'nothing'
  /** The names of other stores that could not be opened and may still hold an older copy. */
  readonly copiesLeft: readonly string[]
}

/** Returns the stores that an account has to leave, starting with the one in use. */
export function storesToLeave(
  { destination, from }: Pick<Move, 'destination' | 'from'>,
  account: Account,
): readonly string[] {
  return storesOf(account).filter(
    (name) => (from === undefined || isSameStore(name, from)) && !isSameStore(name, destination.secrets.name),
  )
}

/**
 * Returns a function that moves an account: writes its credential to the destination, reads it back, lists it there,
 * and only then deletes the old one. Of two refresh tokens, the newer one stays. If a move is killed at any point,
 * repeating it completes it.
 * @throws (the function) Failure `credential_lost`, `stored_value_invalid`, `lock_busy`, and those of the stores
 */
export function accountMover(move: Move): (key: AccountKey) => Promise<Moved> {
  const { source, destination } = move
  const opened = new Map<string, AccountStorage>()
  // Opened once: a file asks for its passphrase.
  const storageAt = async (name: string): Promise<AccountStorage> => {
    const known = opened.get(name)
    if (known !== undefined) return known
    const storage = isSameStore(name, source.secrets.name) ? source : source.at(name)
    await demandOtherStore(storage.secrets, destination.secrets)
    opened.set(name, storage)
    return storage
  }
  const leaveStores = async (key: AccountKey, [first, ...others]: readonly string[]): Promise<Moved> => {
    if (first === undefined) return { outcome: 'nothing', copiesLeft: [] }
    const place = await storageAt(first)
    const leaveAll = async (): Promise<Moved> => {
      const outcomes: (Moved['outcome'] | undefined)[] = [await leaveStore(move, key, place)]
      const copiesLeft: string[] = []
      for (const name of others) {
        // A lost passphrase of an old copy must not prevent the move.
        const outcome = await storageAt(name)
          .then(async (other) => leaveStore(move, key, other))
          .catch(skipUnusable)
        if (outcome === undefined) copiesLeft.push(name)
        outcomes.push(outcome)
      }
      return { outcome: (['moved', 'kept'] as const).find((one) => outcomes.includes(one)) ?? 'nothing', copiesLeft }
    }
    return isListShared(move) ? leaveAll() : destination.exclusively(key, leaveAll)
  }
  return async (key) =>
    source.exclusively(key, async () => {
      const account = await listedAccount(source, key)
      return leaveStores(key, account === undefined ? [] : storesToLeave(move, account))
    })
}

/**
 * Makes sure that two names do not mean the same store, such as two addresses of one database: deleting the old copy
 * would delete the only one.
 * @throws Failure `usage`
 */
async function demandOtherStore(one: SecretStore, other: SecretStore): Promise<void> {
  const item = `probe ${randomUUID()}`
  await other.set(item, new Secret('probe'))
  try {
    if ((await one.get(item)) === undefined) return
  } finally {
    await other.delete(item)
  }
  throw new Failure('usage', {
    problem: `${one.name} and ${other.name} are the same store.`,
    command: 'gsa accounts move',
  })
}

function isListShared({ source, destination }: Pick<Move, 'source' | 'destination'>): boolean {
  return source.listIdentity === destination.listIdentity
}

/** Moves what one store has of an account. */
async function leaveStore(move: Move, key: AccountKey, place: AccountStorage): Promise<Moved['outcome']> {
  const { source, destination, isCopy } = move
  const { name } = destination.secrets
  const account = await listedAccount(source, key)
  if (account === undefined) return 'nothing'
  const old = await readCredential(place, account)
  const known = await readCredential(destination, account)
  if (old === undefined && known === undefined && isSameStore(account.store, place.secrets.name))
    throw new Failure('credential_lost', { account: await labelIn(source, account), store: place.secrets.name })
  const isSame = old !== undefined && hasSameToken(old, known)
  const stays = old === undefined || isSame || !isNewer(old, known)
  if (!stays) {
    // Listed before the secret is written: if killed in between, gsa still knows where to look for it.
    if (isListShared(move)) await source.index.put(withOtherStores(account, [name]))
    await setAndCompare(destination.secrets, credentialItem(key), serializeCredential(old))
    const accessToken = await readAccessToken(place.secrets, key)
    if (accessToken !== undefined) await cacheAccessToken(destination.secrets, old, accessToken)
  }
  const current = stays && !isSame ? known : old
  const isMain = isSameStore(account.store, place.secrets.name)
  if (current !== undefined) {
    const isAtDestination = isListShared(move) && isSameStore(account.store, name)
    const isDescribed = isAtDestination
      ? stays
      : (isMain && current === old) || account.refreshTokenObtainedAt === current.obtainedAt
    const described = isDescribed ? account : { ...account, ...factsOf(current) }
    if (!isListShared(move)) await listInOther(move, described, stays && !isSame)
    // An account that uses a third store stays there.
    else if (!isMain && !isAtDestination) await source.index.put(withOtherStores(account, [name]))
    else await source.index.put(withOtherStores({ ...described, store: name }, [account.store]))
  }
  if (!isCopy) {
    await deleteSecrets(place, key)
    await unlist(source, key, place.secrets.name)
  }
  if (!stays) return 'moved'
  if (old !== undefined && !isSame) return 'kept'
  return isCopy || !isMain || known === undefined ? 'nothing' : 'moved'
}

function hasSameToken({ refreshToken }: Credential, known: Credential | undefined): boolean {
  if (refreshToken === undefined) return known !== undefined && known.refreshToken === undefined
  return known?.refreshToken?.equals(refreshToken) === true
}

/** Returns whether a credential replaces the other one. One of unknown age is the oldest. */
function isNewer(old: Credential, known: Credential | undefined): boolean {
  if (known?.refreshToken === undefined) return true
  return old.refreshToken !== undefined && (old.obtainedAt ?? '') > (known.obtainedAt ?? '')
}

/** Returns what a list says about a credential that it does not know yet. */
function factsOf({ refreshToken, dpopKey, obtainedAt }: Credential): Partial<Account> {
  return {
    hasRefreshToken: refreshToken !== undefined,
    isBound: refreshToken !== undefined && dpopKey !== undefined,
    refreshTokenObtainedAt: obtainedAt,
    refreshTokenExpiresAt: null,
    refreshTokenRefusal: null,
  }
}

/** Adds the account to the destination's own list, with its history, and as the default one if it was that. */
async function listInOther({ source, destination }: Move, described: Account, wasThere: boolean): Promise<void> {
  const { accounts, default: preferred } = await destination.index.read({ key: described })
  const known = accounts.find((account) => isSameAccount(account, described))
  // It may have been used since an interrupted move.
  const isListed =
    known !== undefined && (wasThere || known.refreshTokenObtainedAt === described.refreshTokenObtainedAt)
  if (!isListed)
    await destination.index.put({
      ...described,
      store: destination.secrets.name,
      otherStores: known?.otherStores ?? [],
    })
  const { default: before } = await source.index.read({ key: described })
  if (preferred === null && before !== null && isSameAccount(before, described))
    await destination.index.setDefault(described)
}

/** Removes a store from an account's entry, and the entry if no store is left. */
async function unlist(source: AccountStorage, key: AccountKey, store: string): Promise<void> {
  const account = await listedAccount(source, key)
  if (account === undefined) return
  const [left] = withoutStore(account, store)
  if (left === undefined) return source.index.remove(key)
  // The times are those of a token that is gone.
  const times = { refreshTokenObtainedAt: null, refreshTokenExpiresAt: null, refreshTokenUsedAt: null }
  return source.index.put(left.store === account.store ? left : { ...left, ...times })
}
