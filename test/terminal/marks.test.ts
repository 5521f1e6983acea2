import { describe, expect, test } from 'vitest'
import { marksInAscii, showsUnicode } from '../../src/terminal/marks.ts'

describe('a locale', () => {
  test.each<readonly [shown: boolean, env: Readonly<Record<string, string>>, platform: NodeJS.Platform]>([
    [true, {}, 'linux'],
    [true, { LANG: 'de_DE.UTF-8' }, 'linux'],
    [true, { LC_ALL: 'C.utf8', LANG: 'C' }, 'linux'],
    [true, { LC_ALL: '', LC_CTYPE: 'UTF-8', LANG: 'C' }, 'darwin'],
    [true, { LC_ALL: 'C' }, 'win32'],
    [false, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }, 'linux'],
    [false, { LC_CTYPE: 'POSIX', LANG: 'en_US.UTF-8' }, 'darwin'],
    [false, { LANG: 'de_DE.ISO-8859-1' }, 'linux'],
    [false, { LANG: 'en_US.UTF-8', TERM: 'linux' }, 'linux'],
  ])('shows more than ASCII: %s with %j on %s', (shown, env, platform) => {
    expect(showsUnicode(env, platform)).toBe(shown)
  })
})

test('marks have a replacement in ASCII, letters of names have none', () => {
  expect(marksInAscii('✓ ✗ – · → … “a” „b” ‘c’ Grüße 日本')).toBe('+ x - - -> ... "a" "b" \'c\' Grüße 日本')
})
