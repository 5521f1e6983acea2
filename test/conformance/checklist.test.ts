import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checklist, checklistIds } from './checklist.ts'

const root = join(import.meta.dirname, '../..')
const texts = new Map<string, string>()

function textOf(file: string): string {
  const text = texts.get(file) ?? (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '')
  texts.set(file, text)
  return text
}

describe('the security checklist', () => {
  test('has an entry for each of its 64 ids, once and in order', () => {
    expect(checklistIds).toHaveLength(64)
    expect(checklist.map(({ id }) => id)).toEqual(checklistIds)
  })

  test.each(checklist.filter(({ later }) => later === undefined))(
    '$id is pinned by a test, and there is code that obeys it: $rule',
    ({ code = '', pins = [] }) => {
      expect(textOf(code), `${code} is not there`).not.toBe('')
      expect(pins.length).toBeGreaterThan(0)
      for (const { test: file, sentence } of pins)
        expect(textOf(file).includes(sentence), `"${sentence}" is not in ${file}`).toBe(true)
    },
  )

  test('says of each rule that waits for which issue', () => {
    const waiting = checklist.filter(({ later }) => later !== undefined)
    for (const { later, pins } of waiting)
      expect([later, pins]).toEqual([expect.stringMatching(/, issue \d+$/), undefined])
    expect(waiting.map(({ id }) => id)).toEqual(['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8'])
  })
})
