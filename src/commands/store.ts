import { Command } from 'commander'
import { safeText } from '../core/safe-to-print.ts'
import { type RotatedKey, rotateKey } from '../database/rotate-key.ts'
import { storeStatus, type StoreStatus } from '../database/store-status.ts'
import type { Database } from '../database/database.ts'
import { migrate } from '../database/migrations.ts'
import { reachDatabase } from '../database/reach-database.ts'
import { readStoreKeys } from '../database/store-keys.ts'
import { Failure } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { twoColumns } from '../terminal/lines.ts'
import { examples } from '../terminal/options.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

/** `gsa store` */
export function storeCommand(context: Context): Command {
  const store = new Command('store')
    .description('manage a PostgreSQL store: its tables, its key, its state')
    .addHelpText('before', examples('gsa store status', 'gsa store migrate'))
  store
    .command('migrate')
    .description("create or upgrade the store's tables")
    .addHelpText('before', examples('gsa store migrate --store postgres:postgresql://gsa_owner@db.example.com/gsa'))
    .action(async (_: unknown, command: Command) => {
      const { database } = databaseOf(context, command.optsWithGlobals<CommonOptions>(), 'gsa store migrate')
      const { from, to } = await migrate(database)
      await context.output.result({ database: database.name, from, to }, () =>
        from === to
          ? `The tables in ${safeText(database.name)} have version ${to} already.`
          : from === 0
            ? `Created the tables in ${safeText(database.name)}, version ${to}.`
            : `Upgraded the tables in ${safeText(database.name)} from version ${from} to ${to}.`,
      )
    })
  store
    .command('status')
    .description('show versions, keys, accounts and locks of the store; needs no key')
    .addHelpText('before', examples('gsa store status', 'gsa store status --json | jq .accounts'))
    .action(async (_: unknown, command: Command) => {
      const { database } = databaseOf(context, command.optsWithGlobals<CommonOptions>(), 'gsa store status')
      const status = await storeStatus(database)
      await context.output.result({ ...status }, () => statusText(status))
    })
  addRotateKey(store, context)
  return store
}

interface RotateOptions extends CommonOptions {
  readonly newKeyFile?: string
  readonly newKeyCommand?: string
}

function addRotateKey(store: Command, context: Context): void {
  store
    .command('rotate-key')
    .description('replace the store key; the old one comes from GSA_STORE_KEY_FILE or GSA_STORE_KEY_COMMAND')
    .option('--new-key-file <file>', 'the file with the new key')
    .option('--new-key-command <command>', 'a command that prints the new key')
    .addHelpText(
      'before',
      examples(
        '(umask 077; openssl rand -base64 32 > new.key)   # first give all processes both keys: one for each line',
        'gsa store rotate-key --new-key-file new.key',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<RotateOptions>()
      const { newKeyFile, newKeyCommand } = options
      if ((newKeyFile === undefined) === (newKeyCommand === undefined))
        throw new Failure('usage', {
          problem: 'Use one of --new-key-file FILE and --new-key-command COMMAND.',
          command: 'gsa store rotate-key',
        })
      const { database, access } = databaseOf(context, options, 'gsa store rotate-key')
      const { env, signal, output } = context
      const oldKeys = await readStoreKeys({ file: access.keyFile, command: access.keyCommand, env, signal })
      const [newKey, ...more] = await readStoreKeys({ file: newKeyFile, command: newKeyCommand, env, signal })
      if (more.length > 0)
        throw new Failure('usage', {
          problem: 'The new key must stand alone, but its source has several. Name a file with only the new key.',
          command: 'gsa store rotate-key',
        })
      const { damaged, ...rotated } = await rotateKey(database, oldKeys, newKey)
      const [first] = damaged
      for (const row of damaged.slice(1))
        output.warn({ message: `The row ${row} was changed by another program.`, fix: 'Restore it from a backup.' })
      if (first !== undefined) throw new Failure('store_row_damaged', { database: database.name, row: first })
      await output.result({ database: database.name, ...rotated }, () => rotatedText(database, rotated))
    })
}

function rotatedText({ name }: Database, { from, to, rows }: Omit<RotatedKey, 'damaged'>): string {
  const store = safeText(name)
  if (from === to && rows === 0) return `${store} has the key ${to} already. Nothing was changed.`
  return `The key of ${store} is now ${to}, in every row (changed: ${rows}).${from === to ? '' : `\nRemove the old key, ${from}, from the processes that have both.`}`
}

/** Returns the database of the chosen store. @throws Failure `store_has_no_tables` */
function databaseOf(
  context: Context,
  options: CommonOptions,
  command: string,
): {
  readonly database: Database
  readonly access: NonNullable<ReturnType<typeof openSession>['settings']['database']>
} {
  const { settings } = openSession(context, options)
  const { database: access, store } = settings
  if (access === undefined || store === undefined) throw new Failure('store_has_no_tables', { command })
  const { env, signal, output } = context
  return { database: reachDatabase(store, access, env, { signal, onWait: output.note }), access }
}

function statusText(status: StoreStatus): string {
  const { schemaVersion, neededSchemaVersion, keyId, rowsByKey, accounts, locks } = status
  const isCurrent = schemaVersion === neededSchemaVersion
  const tables =
    schemaVersion === 0
      ? 'none; create them with: gsa store migrate'
      : `version ${schemaVersion}${isCurrent ? '' : `; this gsa needs ${neededSchemaVersion}`}`
  const others = Object.entries(rowsByKey).filter(([id]) => id !== keyId)
  return twoColumns([
    ['Database', safeText(status.database)],
    ['Tables', tables],
    ['Key', keyId === null ? 'none yet; the first use sets it' : `${keyId} (rows: ${rowsByKey[keyId] ?? 0})`],
    ...others.map(([id, rows]): readonly [string, string] => [
      '',
      `${id} (rows: ${rows}); run gsa store rotate-key again`,
    ]),
    ['Accounts', `${accounts.connected} connected, ${accounts.needsLogin} need a login, ${accounts.unknown} unknown`],
    ...locks.map(({ holder, since }, at): readonly [string, string] => [
      at === 0 ? 'Locks' : '',
      `${safeText(holder)}, since ${since ?? 'an unknown time'}`,
    ]),
  ])
}
