import { expect, test } from 'vitest'
import { typedCommand } from '../../src/failures/index.ts'

test.each([
  ['linux', ['gsa', 'revoke', '--account', 'ada@example.com/1-a.b'], 'gsa revoke --account ada@example.com/1-a.b'],
  ['linux', ['gsa', 'drive', 'rm', 'my notes.txt'], "gsa drive rm 'my notes.txt'"],
  ['linux', ['gsa', 'drive', 'rm', "it's"], String.raw`gsa drive rm 'it'\''s'`],
  ['linux', ['gsa', 'drive', 'rm', '$(reboot)', '`x`', '!', ''], "gsa drive rm '$(reboot)' '`x`' '!' ''"],
  ['darwin', ['gsa', 'drive', 'rm', '=ls', '~', '*'], "gsa drive rm '=ls' '~' '*'"],
  ['win32', ['gsa', '--store', String.raw`file:C:\gsa\a.age`], String.raw`gsa --store file:C:\gsa\a.age`],
  ['win32', ['gsa', 'drive', 'rm', 'my notes.txt', 'a,b', '@home'], 'gsa drive rm "my notes.txt" "a,b" "@home"'],
  ['win32', ['gsa', 'drive', 'rm', '$home', '%PATH%', "it's"], `gsa drive rm '$home' '%PATH%' "it's"`],
] as const)('on %s, the words %j are typed as %s', (platform, words, typed) => {
  expect(typedCommand(words, platform)).toBe(typed)
})

test.runIf(process.platform !== 'win32')('a shell splits a typed command into the same words', async () => {
  const { execFileSync } = await import('node:child_process')
  const words = ['a b', "it's", '"', '$HOME', '`id`', '\\', '*', '', '#', '~', 'ünï', '-n', 'a\tb']
  const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${typedCommand(words, 'linux')}`], { encoding: 'utf8' })
  expect(printed.split('\0').slice(0, -1)).toEqual(words)
})
