import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'
import { isFailure } from '../../src/failures/index.ts'
import { foreignTexts, pastedTexts } from './pasted-texts.ts'

describe('texts that people paste', () => {
  test('are at least forty', () => {
    expect(pastedTexts.length).toBeGreaterThanOrEqual(40)
  })

  test.each(pastedTexts)('$name is $code', ({ text, code, shows }) => {
    const candidates = recognise(text)
    expect(candidates[0]?.code).toBe(code)
    expect(candidates[0]?.cause).toContain(shows)
    const wrong = candidates.filter((candidate) => candidate.code !== code)
    expect(wrong.filter(({ likelihood }) => likelihood === 'certain')).toEqual([])
  })

  test.each(pastedTexts)('$name: the explanation contains none of its secrets', ({ text }) => {
    expect(JSON.stringify(recognise(text))).not.toMatch(/planted/i)
  })
})

describe('texts from other systems', () => {
  test.each(foreignTexts)('are at most possible: $name', ({ content }) => {
    expect(likelihoodsOf(content)).toEqual([])
  })
})

/** Returns the likelihoods above "possible" of what a text may be. */
function likelihoodsOf(text: string): readonly string[] {
  try {
    return recognise(text)
      .map(({ likelihood }) => likelihood)
      .filter((likelihood) => likelihood !== 'possible')
  } catch (error) {
    if (isFailure(error, 'unknown_failure')) return []
    throw error
  }
}
