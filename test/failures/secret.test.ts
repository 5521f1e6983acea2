import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Failure, safeJson, safeText, Secret } from '../../src/failures/index.ts'

describe('a secret', () => {
  const secret = new Secret('1//0secret')

  test.each([
    ['a template string', () => `token ${secret as unknown as string}`],
    ['concatenation', () => 'token ' + String(secret)],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspection', () => inspect({ secret }, { depth: 9, showHidden: true })],
    ['its own members', () => JSON.stringify(Object.entries(secret))],
    ['an error message', () => new Error(`refused ${secret as unknown as string}`).message],
  ])('does not show in %s', (_, print) => {
    expect(print()).not.toContain('1//0secret')
  })

  test('is revealed on purpose only', () => {
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
    ['ordinary text', 'Ada Lovelace, 爱达 – ünïcode 🎉', 'Ada Lovelace, 爱达 – ünïcode 🎉'],
  ])('%s is made safe', (_, raw, safe) => {
    expect(safeText(raw)).toBe(safe)
  })

  test('keeps its value in JSON', () => {
    const value = { name: 'a\u009b\u202e\u007fb\n' }
    const text = safeJson(value)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(text)).toEqual(value)
  })

  test('is safe in the sentences of a failure', () => {
    const failure = new Failure('drive_file_not_found', { name: '\u001b[31mred' })
    expect(failure.causeText).toBe('The app folder has no file "\\u001b[31mred".')
  })
})
