import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { accountsFile } from '../support/accounts-file.ts'
import { runGsa } from '../support/built-gsa.ts'
import { withLoadedFiles } from '../support/loaded-files.ts'

/** A folder for GSA_CONFIG_DIR. */
const test = base.extend<{ folder: string }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-names-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
})

const lists: readonly (readonly [what: string, file: string | undefined, printed: readonly string[]])[] = [
  [
    'a separate name for each account',
    accountsFile(['ada@example.com', 'grace@corp.example', 'ada@example.com']),
    ['0/1-a', 'grace@corp.example', '2/1-a'],
  ],
  ['the subject if there is no address', accountsFile(['ada@example.com', undefined]), ['ada@example.com', '1']],
  [
    'no address of several lines',
    accountsFile(['a\nb@x.example', 'esc\u001b[2J@x.example', 'turned\u202e@x.example', '', 'c d@x.example']),
    ['c d@x.example'],
  ],
  ['nothing if nothing is stored', undefined, []],
  ['nothing from a damaged list', '{"version":1,"accounts":[{}]}', []],
  ['nothing from something other than a list', 'hello', []],
]

// Runs what the fish script runs when you press Tab after "gsa --account ".
const tab = ['__complete', 'fish', 'gsa', '--account', '']
const reply = (names: readonly string[]): string => ['words', '', ...names].map((line) => `${line}\n`).join('')

test.for(lists)('Tab offers %s', async ([, file, printed], { folder }) => {
  if (file !== undefined) writeFileSync(join(folder, 'accounts.json'), file)
  const env = { GSA_CONFIG_DIR: folder, GSA_REFRESH_TOKEN: '1//0r', GSA_ACCOUNT: 'x', GSA_ISSUER: 'ftp://nonsense' }
  expect(await runGsa(tab, { env })).toMatchObject({ exitCode: 0, stderr: '', stdout: reply(printed) })
  // Not even a lock.
  expect(readdirSync(folder)).toEqual(file === undefined ? [] : ['accounts.json'])
})

test('Tab offers nothing where the list cannot be read', async ({ folder }) => {
  mkdirSync(join(folder, 'accounts.json'))
  const result = await runGsa(tab, { env: { GSA_CONFIG_DIR: folder } })
  expect(result).toMatchObject({ exitCode: 0, stderr: '', stdout: reply([]) })
})

test('Tab loads neither the command line parser nor the keychain', async ({ folder }) => {
  const options = { env: { GSA_CONFIG_DIR: folder } }
  const { ended, files } = await withLoadedFiles((more) => runGsa(tab, more), options)
  expect(ended.exitCode).toBe(0)
  const code = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  expect(code).toContain('accounts.json')
  expect(code).not.toContain('CommanderError')
  expect(files.filter((file) => file.includes('keyring'))).toEqual([])
})
