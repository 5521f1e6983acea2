import { array, assert, constantFrom, property, stringMatching, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { masked } from '../../src/failures/index.ts'
import { hasOnlyShortWords } from '../../src/http/shown-values.ts'

test('a text of short words, which is not searched for secrets, has none', () => {
  const word = stringMatching(/^(?:[a-z]{1,10}\d{0,3}|\d{1,5})$/)
  const between = constantFrom(' ', '_', '.', '/', ',', '-', ', ', '://', '//', '--')
  const texts = array(tuple(between, word), { maxLength: 40 }).map((parts) => `a${parts.flat().join('')}`)
  assert(
    property(texts, (text) => {
      expect(hasOnlyShortWords(text)).toBe(true)
      expect(masked(text)).toBe(text)
    }),
    { numRuns: 5000 },
  )
})

test.each(['client_secret=abcdefgh', 'ada:secret@host', 'q7f3a9d2x', '4/0Aabcdefgh', 'a'.repeat(11)])(
  'another text is searched: %s',
  (text) => {
    expect(hasOnlyShortWords(text)).toBe(false)
  },
)
