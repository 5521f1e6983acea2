import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createProgram } from '../../src/program.ts'
import type { Context } from '../../src/terminal/context.ts'
import { accountsFile } from '../support/accounts-file.ts'
import { root, runGsa, runProgram } from '../support/built-gsa.ts'
import { shells, type ShellSession, startShell } from '../support/shell-session.ts'
import { isThere, needs } from '../support/system-parts.ts'

/** Accounts whose addresses have distinct first letters, and contain what a shell must neither run nor split. */
const hostile = [
  'a$(touch pwned)@x.example',
  'b`touch pwned`@x.example',
  'c two words@x.example',
  "d'quote@x.example",
  'e"quote@x.example',
  'f;touch pwned;@x.example',
  'g*@x.example',
  String.raw`h\b@x.example`,
  'i!!@x.example',
  'j|touch pwned@x.example',
  'k>pwned@x.example',
  'l{a,b}~$HOME@x.example',
  'm%s=1:2@x.example',
  'n&touch pwned&@x.example',
]

const friendly = ['ada@example.com', 'grace@corp.example', "o'brien@example.com"]

const files = ['a b.json', 'code.txt', 'client secret.json']

/** A command line, and the words offered for it. */
const table: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['gsa lo', ['login', 'logout']],
  ['gsa lox', []],
  ['gsa drive ', ['get', 'help', 'info', 'ls', 'ls-appfolder', 'put', 'rm']],
  ['gsa drive ls --lo', ['--long']],
  ['gsa --quiet drive g', ['get']],
  ['gsa --account ada@example.com drive --json g', ['get']],
  ['gsa --account login lo', ['login', 'logout']],
  ['gsa help d', ['doctor', 'drive']],
  ['gsa help e', ['emulator', 'environment', 'exchange', 'exit-codes', 'explain', 'export']],
  ['gsa help drive ', ['get', 'info', 'ls', 'ls-appfolder', 'put', 'rm']],
  ['gsa help drive put ', []],
  ['gsa drive help p', ['put']],
  ['gsa login drive ', []],
  ['gsa login ', []],
  ['gsa nonsense ', []],

  ['gsa accounts use ', friendly],
  ['gsa accounts remove g', ['grace@corp.example']],
  ['gsa accounts use ada@example.com ', []],
  ['gsa token --account ', friendly],
  ['gsa token --account=', friendly],
  ['gsa token --account ada@ex', ['ada@example.com']],
  ['gsa token --account=ada@ex', ['ada@example.com']],
  ['gsa --account a', ['ada@example.com']],
  ['gsa login --login-hint g', ['grace@corp.example']],
  ['gsa token --account nobody', []],

  ['gsa exchange --from ', ['android', 'desktop', 'ios', 'web', 'web-popup']],
  ['gsa exchange --from=web-', ['web-popup']],
  ['gsa export --format ', ['adc', 'env', 'json']],
  ['gsa snippet a', ['android']],
  ['gsa snippet --legacy a', ['android']],
  ['gsa snippet android ', []],
  ['gsa completion ', ['bash', 'fish', 'powershell', 'zsh']],
  ['gsa emulator client-secrets --type ', ['desktop', 'tv', 'web']],
  ['gsa --store ', ['file:', 'helper:', 'keychain', 'memory']],
  ['gsa login --store=', ['file:', 'helper:', 'keychain', 'memory']],
  ['gsa login --scope drive.', ['drive.appdata', 'drive.appfolder']],
  ['gsa api P', ['PATCH', 'POST', 'PUT']],
  ['gsa api -X D', ['DELETE']],
  ['gsa api -XPOST P', ['PATCH', 'POST', 'PUT']],
  ['gsa login --port ', []],
  ['gsa login --port=', []],
  ['gsa login --finish ', []],
  ['gsa login --nonsense=', []],

  ['gsa login --st', ['--start', '--store']],
  ['gsa login --start --st', ['--store']],
  ['gsa login --store=memory --st', ['--start']],
  ['gsa login --store memory --st', ['--start']],
  ['gsa login --start --dev', []],
  ['gsa login --no-browser --br', []],
  ['gsa login --finish --st', ['--store']],
  ['gsa login --scope openid --sc', ['--scope']],
  ['gsa api -f a=b --raw', ['--raw-field']],
  ['gsa export -o x --ou', []],
  ['gsa export --output=x --ou', []],
  ['gsa --json login --js', []],
  ['gsa drive rm --id a b --i', ['--id', '--issuer']],
  ['gsa drive rm --id a b ', []],
  ['gsa login --port --js', []],

  ['gsa login -- --js', []],
  ['gsa snippet -- a', ['android']],
  ['gsa accounts use -- g', ['grace@corp.example']],

  ['gsa exchange --client-secrets=c', ['client secret.json', 'code.txt']],
  ['gsa drive put ', ['a b.json', 'client secret.json', 'code.txt']],
]

const typed: readonly (readonly [keys: string, words: readonly string[]])[] = [
  ['gsa refr\t', ['refresh']],
  ['gsa accounts us\tg\t', ['accounts', 'use', 'grace@corp.example']],
  ['gsa accounts use o\t', ['accounts', 'use', "o'brien@example.com"]],
  ['gsa token --acc\tad\t', ['token', '--account', 'ada@example.com']],
  ['gsa token --account=ada@\t --js\t', ['token', '--account=ada@example.com', '--json']],
  ['gsa token --account "ad\t', ['token', '--account', 'ada@example.com']],
  ["gsa token --account 'ad\t", ['token', '--account', 'ada@example.com']],
  ['gsa drive put a\t', ['drive', 'put', 'a b.json']],
  ['gsa drive put ./a\t', ['drive', 'put', './a b.json']],
  ['gsa exchange --client-secrets cl\t', ['exchange', '--client-secrets', 'client secret.json']],
  ['gsa exchange --client-secrets=cl\t', ['exchange', '--client-secrets=client secret.json']],
  ['gsa --store fi\ta\t', ['--store', 'file:a b.json']],
  ['gsa --store=fi\ta\t', ['--store=file:a b.json']],
  ['gsa exchange - < co\t', ['exchange', '-']],
  ['gsa explain a\t', ['explain', 'a']],
  ['gsa drive get c\t', ['drive', 'get', 'c']],
  ['FOO=bar gsa refr\t', ['refresh']],
]

describe.each(shells)('completion in %s', (shell) => {
  let session: ShellSession
  beforeAll(async () => {
    if (!isThere(shell)) return
    session = await startShell(shell, { accounts: friendly, installation: 'sourced' })
    for (const file of files) writeFileSync(join(session.folder, file), '')
  })
  afterAll(() => session?.end())
  beforeEach((context) => needs(context, shell))

  test.each(table)('%s', async (line, offered) => {
    expect(await session.offers(line)).toEqual(offered)
  })

  test.each(typed)('typed: %j', async (keys, words) => {
    expect(await session.type(keys)).toEqual(words)
  })

  test('offers every command, and after each all options of its help', async () => {
    const found: Record<string, readonly string[]> = {}
    const expected: Record<string, readonly string[]> = {}
    for (const command of await everyCommand()) {
      const line = [...command.path, ''].join(' ')
      found[line] = await session.offers(line)
      // A word that is not a subcommand is an operand.
      expected[line] = command.names.length > 0 ? command.names : found[line]
      found[`${line}-`] = await session.offers(`${line}-`)
      expected[`${line}-`] = command.flags
    }
    expect(Object.keys(found).length).toBeGreaterThan(60)
    expect(found).toEqual(expected)
  })
})

describe.each(shells)('hostile addresses in %s', (shell) => {
  let session: ShellSession
  beforeAll(async () => {
    if (isThere(shell)) session = await startShell(shell, { accounts: hostile, installation: 'file' })
  })
  afterAll(() => session?.end())
  beforeEach((context) => needs(context, shell))

  test.each(hostile)('%s is one word, and nothing runs', async (address) => {
    expect(await session.type(`gsa accounts use ${address.charAt(0)}\t`)).toEqual(['accounts', 'use', address])
    expect(await session.type(`gsa --account=${address.charAt(0)}\t`)).toEqual([`--account=${address}`])
    expect(readdirSync(session.folder)).toEqual([])
  })
})

// No PowerShell runs here; this tests the input of its script.
describe('completion in powershell', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gsa-powershell-'))
    writeFileSync(join(folder, 'accounts.json'), accountsFile(friendly))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(table)('%s', async (line, offered) => {
    const words = line.split(' ')
    const args = ['__complete', 'powershell', ...words.slice(0, -1), `=${words.at(-1) ?? ''}`]
    const { stdout, exitCode } = await runGsa(args, { env: { GSA_CONFIG_DIR: folder } })
    expect(exitCode).toBe(0)
    const [kind, prefix = '', ...rows] = stdout.split('\n').slice(0, -1)
    const found = rows.map((row) => row.split('\t')[0] ?? '').toSorted()
    // The script asks PowerShell for the files.
    const isFile = offered.some((name) => files.includes(name))
    expect({ kind, found }).toEqual(isFile ? { kind: 'files', found: [] } : { kind: 'words', found: offered })
    expect(words.at(-1)?.startsWith(prefix)).toBe(true)
  })
})

describe('completion in bash', () => {
  beforeEach((context) => needs(context, 'bash'))

  test('finds files without compopt, which bash 3.2 on macOS lacks', async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-bash-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'a folder'))
    writeFileSync(join(folder, 'a b.json'), '')
    const programs = mkdtempSync(join(tmpdir(), 'gsa-bash-bin-'))
    onTestFinished(() => rmSync(programs, { recursive: true, force: true }))
    symlinkSync(join(root, 'bin/gsa.js'), join(programs, 'gsa'))
    const { stdout: script } = await runGsa(['completion', 'bash'])
    const line = 'gsa --client-secrets=a'
    const press = `COMP_LINE='${line}' COMP_POINT=${line.length}; _gsa gsa a =; printf '%s\\n' "\${COMPREPLY[@]}"`
    const tab = await runProgram('bash', ['--norc', '-s'], {
      folder,
      env: { PATH: `${programs}:${process.env['PATH']}` },
      stdin: `enable -n compopt\n${script}\n${press}\n`,
    })
    expect(tab.stdout.split('\n').toSorted()).toEqual(['', String.raw`a\ b.json`, String.raw`a\ folder/`])
  })
})

describe('completion in fish', () => {
  beforeEach((context) => needs(context, 'fish'))

  test('asks for the accounts in the folder that is set before the command', async ({ onTestFinished }) => {
    const session = await startShell('fish', { accounts: friendly, installation: 'sourced' })
    onTestFinished(() => session.end())
    expect(await session.offers('GSA_CONFIG_DIR=/nowhere gsa token --account ')).toEqual([])
    expect(await session.offers('FOO=bar gsa token --account ')).toEqual(friendly)
  })
})

interface Entry {
  readonly path: readonly string[]
  readonly names: readonly string[]
  readonly flags: readonly string[]
}

async function everyCommand(): Promise<Entry[]> {
  const stubs = await createProgram({ argv: [], env: {} } as unknown as Context)
  const argv = stubs.commands.map((command) => command.name())
  return entries(await createProgram({ argv, env: {} } as unknown as Context), ['gsa'], [])
}

function entries(command: Command, path: readonly string[], inherited: readonly string[]): Entry[] {
  const own = command.options.flatMap(({ long, short }) => [long, short].filter((flag) => flag !== undefined))
  const names = command.commands.flatMap((child) => [child.name(), ...child.aliases()])
  return [
    {
      path,
      names: names.length === 0 ? [] : [...new Set([...names, 'help'])].toSorted(),
      // A command may have an option of its own with the name of a global one.
      flags: [...new Set([...own, ...inherited, '--help', '-h'])].toSorted(),
    },
    ...command.commands.flatMap((child) => entries(child, [...path, child.name()], [...own, ...inherited])),
  ]
}
