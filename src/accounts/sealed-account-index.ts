import { parseJsonObject } from '../core/json.ts'
import { safeText } from '../core/safe-to-print.ts'
import type { Query } from '../database/database.ts'
import type { DatabaseRow } from '../database/pool.ts'
import { damaged, type SealedDatabase, type SealedRow } from '../database/sealed-database.ts'
import { Failure, isFailure } from '../failures/index.ts'
import {
  type Account,
  type AccountIndex,
  type Accounts,
  type Change,
  changed,
  isSameGrant,
  parseAccount,
  type Sought,
} from './account-index.ts'
import { accountHash, type AccountKey, isAmong, isSameAccount } from './account-key.ts'
import { accountName } from './account-names.ts'
import type { AccountPage, PageRequest } from './account-page.ts'
import { recordedState } from './account-state.ts'
import type { AccountStateName } from './account-state-name.ts'

// Enough to see that there are others, and to list some for a choice.
const someAccounts = 11
// More would be a wall of text in a message, and one name has few accounts.
const mostNamesakes = 100

// A page is decrypted as a whole.
const mostOnPage = 1000

const columns = 'issuer, client_id, sub, name, number, key_id, wrapped_key, box'

/** Reads the entries of a list, as far as they can be read. */
interface Entries {
  /** Returns the accounts of rows, and the keys of those that cannot be read. Throws if `demand` holds for one. */
  readonly readable: (
    rows: readonly DatabaseRow[],
    demand: (row: DatabaseRow) => boolean,
  ) => Promise<{ readonly accounts: readonly Account[]; readonly damaged: readonly AccountKey[] }>
  readonly read: (sought?: Sought) => Promise<Accounts>
}

function entriesOf(database: SealedDatabase): Entries {
  const accountOf = async (row: DatabaseRow): Promise<Account> => {
    const key = keyOf(row)
    const text = await database.unsealed(sealedRow(key), row)
    const account = parseAccount({ ...parseJsonObject(Buffer.from(text)), ...key, store: database.name })
    if (account === undefined) throw damaged(database, sealedRow(key))
    return account
  }
  const readable: Entries['readable'] = async (rows, demand) => {
    const accounts: Account[] = []
    const unreadable: AccountKey[] = []
    for (const row of rows)
      try {
        accounts.push(await accountOf(row))
      } catch (error) {
        const isOfRow = isFailure(error, 'store_row_damaged') || isFailure(error, 'store_key_wrong')
        if (!isOfRow || demand(row)) throw error
        unreadable.push(keyOf(row))
      }
    return { accounts, damaged: unreadable }
  }
  const read: Entries['read'] = async (sought) => {
    const rows = await (sought === undefined ? allRows(database.query) : soughtRows(database.query, sought))
    const state = await storeState(database.query)
    // The damaged row of one account must not stop the work of all others.
    const isDemanded = (row: DatabaseRow): boolean => sought !== undefined && isSought(row, sought, state.default)
    const { accounts, damaged: unreadable } = await readable(rows, isDemanded)
    // An account that cannot be seen counts as removed: the only one left may not be the one that the user means.
    const removed = unreadable.length > 0 ? [...state.removed.slice(0, 1), 'unknown'] : state.removed
    return { accounts, default: state.default, removed }
  }
  return { readable, read }
}

/**
 * Stores the list of accounts in a database. Names, states and times are plain, so that the database can search them.
 * Everything else is sealed, and everything is checked against what is sealed.
 */
export function sealedAccountIndex(database: SealedDatabase): AccountIndex {
  const { readable, read } = entriesOf(database)
  const put = async (account: Account): Promise<void> => {
    const { issuer, clientId, sub } = account
    await database.writeSealed(sealedRow(account), serialized(account), ({ keyId, wrappedKey, box }) => [
      `INSERT INTO gsa.accounts (issuer, client_id, sub, name, state, refresh_token_expires_at, key_id, wrapped_key, box)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM gsa.store WHERE key_id = $7
       ON CONFLICT (issuer, client_id, sub) DO UPDATE
         SET name = excluded.name, state = excluded.state,
           refresh_token_expires_at = excluded.refresh_token_expires_at, key_id = excluded.key_id,
           wrapped_key = excluded.wrapped_key, box = excluded.box, changed_at = now()
       RETURNING 1`,
      [
        issuer,
        clientId,
        sub,
        accountName(account).toLowerCase(),
        recordedState(account).state,
        account.refreshTokenExpiresAt,
        keyId,
        wrappedKey,
        box,
      ],
    ])
  }
  const remove = async (account: AccountKey): Promise<void> => {
    await database.transaction(async (query) => {
      const gone = await query(
        'DELETE FROM gsa.accounts WHERE issuer = $1 AND client_id = $2 AND sub = $3 RETURNING 1',
        keyValues(account),
      )
      if (gone.length > 0)
        await query(`UPDATE gsa.store SET removed = (array_append(removed, $1))[1:2] WHERE NOT $1 = ANY (removed)`, [
          accountHash(account),
        ])
      await query(
        `UPDATE gsa.store SET default_issuer = NULL, default_client_id = NULL, default_sub = NULL
         WHERE default_issuer = $1 AND default_client_id = $2 AND default_sub = $3`,
        keyValues(account),
      )
    })
  }
  const index: AccountIndex = {
    read,
    put,
    async remove(account, revokedAt) {
      await remove(account)
      if (revokedAt === undefined) return
      const others = await database.query(`SELECT ${columns} FROM gsa.accounts WHERE issuer = $1 AND sub = $2`, [
        account.issuer,
        account.sub,
      ])
      for (const other of (await readable(others, () => false)).accounts)
        if (isSameGrant(other, account)) await put({ ...other, projectRevokedAt: revokedAt })
    },
    async setDefault(account) {
      await database.query(
        'UPDATE gsa.store SET default_issuer = $1, default_client_id = $2, default_sub = $3',
        keyValues(account),
      )
    },
    replaceDamaged: (change) => replaceAll(index, change),
    probe: () => database.ready(),
    async page(request): Promise<AccountPage> {
      const limit = Math.min(request.limit ?? mostOnPage, mostOnPage)
      const found = await pageRows(database.query, request, limit + 1)
      const rows = found.slice(0, limit)
      const { default: preferred } = await storeState(database.query)
      const next = found.length > limit ? String(rows.at(-1)?.['number']) : null
      return { ...(await readable(rows, () => false)), default: preferred, next }
    },
  }
  return index
}

/** Changes the list as a whole, account by account. */
async function replaceAll(index: AccountIndex, change: Change): Promise<void> {
  const before = await index.read()
  const after = changed(before, change)
  const isUnchanged = (account: Account): boolean =>
    before.accounts.some((other) => isSameAccount(other, account) && serialized(other) === serialized(account))
  for (const account of after.accounts) if (!isUnchanged(account)) await index.put(account)
  for (const account of before.accounts) if (!isAmong(after.accounts, account)) await index.remove(account)
  if (after.default !== null) await index.setDefault(after.default)
}

function sealedRow({ issuer, clientId, sub }: AccountKey): SealedRow {
  return { table: 'accounts', key: [issuer, clientId, sub] }
}

function keyOf(row: DatabaseRow): AccountKey {
  return { issuer: String(row['issuer']), clientId: String(row['client_id']), sub: String(row['sub']) }
}

function keyValues({ issuer, clientId, sub }: AccountKey): readonly string[] {
  return [issuer, clientId, sub]
}

// The row and the database say the rest.
function serialized(account: Account): string {
  const { issuer: _issuer, clientId: _clientId, sub: _sub, store: _store, otherStores: _others, ...rest } = account
  return JSON.stringify(rest)
}

/** Returns whether a caller may act on the account of a row, rather than only see that there is one. */
function isSought(row: DatabaseRow, { name, key }: Sought, preferred: AccountKey | null): boolean {
  const found = keyOf(row)
  if (key !== undefined) return isSameAccount(found, key)
  if (name === undefined) return preferred !== null && isSameAccount(found, preferred)
  return namesIn(name).some((one) => one === found.sub || one.toLowerCase() === row['name'])
}

// EMAIL/CLIENT_ID means one of several accounts of that address.
function namesIn(name: string): readonly string[] {
  return [name, name.replace(/\/[^/]*$/, '')]
}

async function storeState(query: Query): Promise<Pick<Accounts, 'default' | 'removed'>> {
  const [row] = await query('SELECT default_issuer, default_client_id, default_sub, removed FROM gsa.store')
  const { default_issuer: issuer, default_client_id: clientId, default_sub: sub, removed } = row ?? {}
  return {
    default:
      typeof issuer === 'string' && typeof clientId === 'string' && typeof sub === 'string'
        ? { issuer, clientId, sub }
        : null,
    removed: Array.isArray(removed) ? removed.map(String) : [],
  }
}

async function allRows(query: Query): Promise<readonly DatabaseRow[]> {
  return query(`SELECT ${columns} FROM gsa.accounts ORDER BY number`)
}

/** Returns the rows that a {@link Sought} asks for, each by an index, so that it does not matter how many there are. */
async function soughtRows(query: Query, { name, key, issuer, clientId }: Sought): Promise<readonly DatabaseRow[]> {
  const names = name === undefined ? [] : namesIn(name)
  const subs = key === undefined ? names : [...names, key.sub]
  return query(
    `WITH found AS (
       (SELECT number FROM gsa.accounts WHERE name = ANY ($1) LIMIT ${mostNamesakes})
       UNION (SELECT number FROM gsa.accounts WHERE sub = ANY ($2) LIMIT ${mostNamesakes})
       UNION (SELECT number FROM gsa.accounts WHERE client_id = $3 ORDER BY number LIMIT ${someAccounts})
       UNION (SELECT number FROM gsa.accounts WHERE issuer = $4 ORDER BY number LIMIT ${someAccounts})
       UNION (SELECT number FROM gsa.accounts ORDER BY number LIMIT ${someAccounts})
       UNION (SELECT number FROM gsa.accounts JOIN gsa.store
         ON (issuer, client_id, sub) = (default_issuer, default_client_id, default_sub))
     ) SELECT ${columns} FROM gsa.accounts WHERE number IN (SELECT number FROM found) ORDER BY number`,
    [names.map((one) => one.toLowerCase()), subs, clientId ?? null, issuer ?? null],
  )
}

// An account whose refresh token has expired since its row was written needs a login, whatever the row says.
const expired = 'refresh_token_expires_at <= to_timestamp($4)'
const conditions: Readonly<Record<AccountStateName, readonly string[]>> = {
  connected: [`state = 'connected' AND (${expired}) IS NOT TRUE`],
  unknown: [`state = 'unknown' AND (${expired}) IS NOT TRUE`],
  needs_login: ["state = 'needs_login'", `state <> 'needs_login' AND ${expired}`],
}

async function pageRows(
  query: Query,
  { state, issuer, after = '0', nowMs }: PageRequest,
  limit: number,
): Promise<readonly DatabaseRow[]> {
  if (!/^\d{1,18}$/.test(after))
    throw new Failure('usage', {
      problem: `--after ${safeText(after)} is not from a page of this list. Start again without --after.`,
      command: 'gsa accounts list',
    })
  const parts = state === undefined ? ['true'] : conditions[state]
  const selects = parts.map(
    (condition) =>
      `(SELECT ${columns} FROM gsa.accounts WHERE number > $1 AND ($2::text IS NULL OR issuer = $2) AND ${condition}
        ORDER BY number LIMIT $3)`,
  )
  return query(`SELECT * FROM (${selects.join(' UNION ALL ')}) AS found ORDER BY number LIMIT $3`, [
    after,
    issuer ?? null,
    limit,
    ...(state === undefined ? [] : [nowMs / 1000]),
  ])
}
