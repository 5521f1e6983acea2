import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'
import { placeholders } from '../../src/failures/placeholders.ts'
import type { FailureRow } from '../../src/failures/row.ts'
import { failureTable } from '../../src/failures/table.ts'
import { catalogue, siblings } from './catalogue.ts'

const numbered = Object.entries(catalogue)
const texts = numbered.flatMap(([number, row]) =>
  'never' in row ? [] : row.texts.map((text) => [number, row.code, text] as const),
)

describe('the catalogue', () => {
  test('has every known failure, 1 to 108', () => {
    expect(numbered.map(([number]) => Number(number))).toEqual(Array.from({ length: 108 }, (_, at) => at + 1))
  })

  test('gives a reason for each one that cannot be pasted', () => {
    const reasons = numbered.flatMap(([, row]) => ('never' in row ? [row.never] : []))
    expect(reasons).toHaveLength(4)
    expect(reasons.every((reason) => reason.length > 20)).toBe(true)
  })

  test.each(texts)('row %s is recognised as %s: %s', (_, code, text) => {
    expect(recognise(text)[0]?.code).toBe(code)
  })

  test.each(siblings)('%s is recognised by: %s', (code, text) => {
    expect(recognise(text)[0]?.code).toBe(code)
  })
})

describe('a row of the failure table', () => {
  const rows = Object.entries(failureTable) as unknown as [string, FailureRow<unknown>][]

  test.each(rows)('%s has a cause and a fix of one or two sentences', (_, { cause, fix }) => {
    for (const text of [cause(placeholders()), fix(placeholders())]) {
      // Commands to choose from have one line each.
      expect(text).toMatch(/^\S.*\S$/s)
      expect(text).not.toMatch(/undefined|NaN|\[object/)
      // A URL has no space after its stop; a bracket may close after one.
      expect(text.split(/[.!?](?:\s+\(?[A-Z])/).length, text).toBeLessThanOrEqual(4)
    }
  })
})
