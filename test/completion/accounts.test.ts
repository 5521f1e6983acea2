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
    'a name of its own for each account',
    accountsFile(['ada@example.com', 'grace@corp.example', 'ada@example.com']),
    ['0/1-a', 'grace@corp.example', '2/1-a'],
  ],
  ['the subject where there is no address', accountsFile(['ada@example.com', undefined]), ['ada@example.com', '1']],
  [
    'no address that is more than a line',
    accountsFile(['a\nb@x.example', 'esc\u001b[2J@x.example', 'turned\u202e@x.example', '', 'c d@x.example']),
    ['c d@x.example'],
  ],
  ['nothing where nothing is stored', undefined, []],
  ['nothing of a damaged list', '{"version":1,"accounts":[{}]}', []],
  ['nothing of what is no list', 'hello', []],
]

// What the script of fish runs when Tab is pressed after "gsa --account ".
const tab = ['__complete', 'fish', 'gsa', '--account', '']
const reply = (names: readonly string[]): string => ['words', '', ...names].map((line) => `${line}\n`).join('')

test.for(lists)('Tab is told %s', async ([, file, printed], { folder }) => {
  if (file !== undefined) writeFileSync(join(folder, 'accounts.json'), file)
  const env = { GSA_CONFIG_DIR: folder, GSA_REFRESH_TOKEN: '1//0r', GSA_ACCOUNT: 'x', GSA_ISSUER: 'ftp://nonsense' }
  expect(await runGsa(tab, { env })).toMatchObject({ exitCode: 0, stderr: '', stdout: reply(printed) })
  // Not even a lock.
  expect(readdirSync(folder)).toEqual(file === undefined ? [] : ['accounts.json'])
})

test('Tab is told nothing where the list cannot be read', async ({ folder }) => {
  mkdirSync(join(folder, 'accounts.json'))
  const result = await runGsa(tab, { env: { GSA_CONFIG_DIR: folder } })
  expect(result).toMatchObject({ exitCode: 0, stderr: '', stdout: reply([]) })
})

test('Tab waits neither for the parser of the command line nor for the keychain: their code is not loaded', async ({
  folder,
}) => {
  const options = { env: { GSA_CONFIG_DIR: folder } }
  const { ended, files } = await withLoadedFiles((more) => runGsa(tab, more), options)
  expect(ended.exitCode).toBe(0)
  const code = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  expect(code).toContain('accounts.json')
  expect(code).not.toContain('CommanderError')
  expect(files.filter((file) => file.includes('keyring'))).toEqual([])
})
