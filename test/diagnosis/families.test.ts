import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { factsIn } from '../../src/diagnosis/facts.ts'
import { families } from '../../src/diagnosis/recognisers/index.ts'
import { catalogue, siblings } from './catalogue.ts'
import { foreignTexts, pastedTexts } from './pasted-texts.ts'

// Without those that were set aside: a failure of this test would show them.
const reported = ['shown', 'drafts', 'other-systems-shown'].flatMap((name) =>
  (JSON.parse(readFileSync(join(import.meta.dirname, 'reported', `${name}.json`), 'utf8')) as { input: string }[]).map(
    ({ input }) => input,
  ),
)
const texts = [
  ...reported,
  ...pastedTexts.map(({ text }) => text),
  ...foreignTexts.map(({ content }) => content),
  ...Object.values(catalogue).flatMap((row) => ('texts' in row ? row.texts : [])),
  ...siblings.map(([, text]) => text),
]

describe('the words of a family of phrases', () => {
  test('are in every text that one of its recognisers recognises', () => {
    const missed = texts.map(factsIn).flatMap((facts) =>
      families.flatMap(({ words, recognisers }) =>
        words.test(facts.text)
          ? []
          : recognisers.flatMap((recognise) => {
              const found = recognise(facts)
              return found === undefined ? [] : [`${found.code}: ${found.because.join()} in ${facts.text.slice(0, 80)}`]
            }),
      ),
    )
    expect(missed).toEqual([])
  })
})
