import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserCommand } from '../../src/terminal/browser-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'gsa-browser-'))
const browser = join(folder, 'Program Files/my browser')
const onPath = join(folder, 'bin/firefox')
const env = { PATH: `bin:${join(folder, 'bin')}` }

beforeAll(() => {
  for (const name of ['Program Files', 'bin', 'here']) mkdirSync(join(folder, name))
  for (const file of [browser, onPath, join(folder, 'here/planted')]) {
    writeFileSync(file, '')
    chmodSync(file, 0o755)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a browser command', () => {
  test.each([
    ['a path with a blank', 'linux', browser, browser, []],
    ['the same with blanks around it', 'linux', ` ${browser} `, browser, []],
    ['a quoted path with an argument', 'linux', `"${browser}" --new-window`, browser, ['--new-window']],
    ['a path in single quotes', 'darwin', `'${browser}' -a`, browser, ['-a']],
    ['a name on PATH', 'linux', 'firefox', onPath, []],
    [
      'a name on PATH with quoted arguments',
      'linux',
      `firefox -P "my profile" --class='a b'`,
      onPath,
      ['-P', 'my profile', '--class=a b'],
    ],
    ['an empty argument', 'linux', `firefox ""`, onPath, ['']],
    ['an unclosed quote', 'linux', `firefox "a b`, onPath, ['a b']],
    ['a backslash', 'linux', String.raw`/opt/b a\b`, '/opt/b', [String.raw`a\b`]],
    [
      'a quoted Windows path',
      'win32',
      String.raw`"C:\Program Files\Mozilla Firefox\firefox.exe" -private-window`,
      String.raw`C:\Program Files\Mozilla Firefox\firefox.exe`,
      ['-private-window'],
    ],
    ['a Windows path without blanks', 'win32', String.raw`C:\b\b.exe -x`, String.raw`C:\b\b.exe`, ['-x']],
  ] as const)('can be %s (%s): %s', (_, platform, value, program, args) => {
    expect(browserCommand(value, env, platform)).toEqual({ program, args })
  })

  test.each([
    ['linux', 'nobrowser --x', 'nobrowser'],
    ['linux', 'planted', 'planted'],
    ['win32', 'planted.exe', 'planted.exe'],
  ] as const)('on %s, "%s" is not looked up outside PATH', (platform, value, name) => {
    const before = process.cwd()
    process.chdir(join(folder, 'here'))
    try {
      expect(() => browserCommand(value, env, platform)).toThrow(`there is no program "${name}" on the PATH`)
    } finally {
      process.chdir(before)
    }
  })
})
