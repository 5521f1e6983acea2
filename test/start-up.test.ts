import { basename } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from './keychain/machine.ts'
import { withLoadedFiles } from './support/loaded-files.ts'

// A chunk of dist/ by the name that scripts/build.js gives it; another package's file would keep its own.
const nameOf = (file: string): string => basename(file).replace(/(?:-.{8})?\.c?js$/, '')

// With a function for packages that are CommonJS.
const commander = ['command-line', 'commander', 'rolldown-runtime'] as const

describe('no command loads code that it does not run:', () => {
  test.for([
    ['--version', []],
    ['__complete fish gsa refr', ['complete']],
    ['__complete fish gsa --account a', ['account', 'complete']],
    ['--help', [...commander]],
    ['token --help', [...commander, 'account']],
    ['token', ['account']],
    ['token --json --quiet', ['account']],
    ['token --min-ttl 1m', [...commander, 'account']],
    ['whoami', [...commander, 'revoke', 'account', 'tokens']],
    ['drive ls-appfolder', ['account', 'list', 'requests']],
    ['refresh', ['account', 'tokens', 'requests']],
  ] as const)('gsa %s', async ([line, expected], { google, machine }) => {
    await machine.logIn('unlocked')
    const code = await google.createCode({ platform: 'android' })
    expect(await machine.gsa(['exchange', '-', '--yes'], { stdin: code })).toMatchObject({ exitCode: 0 })
    const { ended, files } = await withLoadedFiles((options) => machine.gsa(line.split(' '), options))
    expect(ended.exitCode, ended.stderr).toBe(0)
    const loaded = new Set(files.map(nameOf))
    for (const always of ['gsa', 'main', 'core']) loaded.delete(always)
    expect([...loaded].toSorted()).toEqual([...expected].toSorted())
  })
})
