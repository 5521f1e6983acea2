import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { safeJson, safeText } from '../../src/core/safe-to-print.ts'
import { Secret } from '../../src/core/secret.ts'
import { Failure } from '../../src/failures/index.ts'

describe('a secret', () => {
  const secret = new Secret('1//0secret')

  test.each([
    ['a template string', () => `token ${secret as unknown as string}`],
    ['concatenation', () => `token ${String(secret)}`],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspection', () => inspect({ secret }, { depth: 9, showHidden: true })],
    ['its own members', () => JSON.stringify(Object.entries(secret))],
    ['an error message', () => new Error(`refused ${secret as unknown as string}`).message],
  ])('does not show in %s', (_, print) => {
    expect(print()).not.toContain('1//0secret')
  })

  test('is revealed only on purpose', () => {
    expect(secret.reveal()).toBe('1//0secret')
  })
})

describe('text from elsewhere', () => {
  test.each([
    ['a cursor movement', '\u001b[2Aboo', '\\u001b[2Aboo'],
    ['a line break', 'one\ntwo', 'one\\u000atwo'],
    ['a C1 control', 'a\u009b31m', 'a\\u009b31m'],
    ['a link', '\u001b]8;;http://evil\u0007', '\\u001b]8;;http://evil\\u0007'],
    ['a direction override', 'txt.\u202eexe', 'txt.\\u202eexe'],
    ['an Arabic letter mark', 'a\u061cb', 'a\\u061cb'],
    ['a soft hyphen', 'a\u00adb', 'a\\u00adb'],
    ['an invisible operator', 'a\u2062b', 'a\\u2062b'],
    ['a deprecated format character', 'a\u206ab', 'a\\u206ab'],
    ['an annotation', 'a\ufff9b', 'a\\ufff9b'],
    ['a Mongolian vowel separator', 'a\u180eb', 'a\\u180eb'],
    ['a Hangul filler', 'a\u115f\u1160\u3164\uffa0b', 'a\\u115f\\u1160\\u3164\\uffa0b'],
    ['a grapheme joiner', 'a\u034fb', 'a\\u034fb'],
    ['a blank Braille pattern', 'a\u2800b', 'a\\u2800b'],
    ['a variation selector', 'a\ufe0fb\u{e0100}', 'a\\ufe0fb\\u{e0100}'],
    ['a tag', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['half of a surrogate pair', 'a\ud800b', 'a\\ud800b'],
    ['a joiner in Persian text', 'می\u200cخواهم', 'می\\u200cخواهم'],
    ['a joiner in an emoji', '👩\u200d💻', '👩\\u200d💻'],
    ['ordinary text', 'Ada Lovelace, 爱达 – ünïcode 🎉', 'Ada Lovelace, 爱达 – ünïcode 🎉'],
  ])('%s is made safe', (_, raw, safe) => {
    expect(safeText(raw)).toBe(safe)
  })

  test('keeps its value in JSON', () => {
    const value = { name: 'a\u009b\u202e\u007fb\n\u{e0041}\u061c' }
    const text = safeJson(value)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(text)).toEqual(value)
  })

  test('has no characters left that format, hide or reorder', () => {
    const all = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code)).join('')
    expect(safeText(all).match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u)).toBeNull()
  })

  test('is safe in the sentences of a failure', () => {
    const failure = new Failure('drive_file_not_found', { name: '\u001b[31mred' })
    expect(failure.causeText).toBe('The app folder has no file "\\u001b[31mred".')
  })
})
