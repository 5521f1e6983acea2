import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'
import type { Candidate } from '../../src/diagnosis/recognisers/recogniser.ts'
import { isFailure } from '../../src/failures/index.ts'
import { failureTable } from '../../src/failures/table.ts'
import { corpus, present } from '../conformance/corpora.ts'

/** A text that somebody posted, with the failures that are right in first place. */
interface Reported {
  readonly id: string
  readonly input: string
  readonly accept: readonly string[]
}

const read = (name: string): readonly Reported[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'reported', `${name}.json`), 'utf8')) as readonly Reported[]

function candidatesOf(text: string): readonly Candidate[] {
  try {
    return recognise(text)
  } catch (error) {
    if (isFailure(error, 'unknown_failure')) return []
    throw error
  }
}

/** Returns the share of right first places in percent, and the texts that are wrong, with what was said. */
function scoreOf(texts: readonly Reported[]): { readonly percent: number; readonly wrong: readonly string[] } {
  const wrong = texts.flatMap(({ id, input, accept }) => {
    const [best] = candidatesOf(input)
    return accept.includes(best?.code ?? 'unknown_failure')
      ? []
      : [`${id}: ${best?.likelihood ?? ''} ${best?.code ?? 'unknown'}, not ${accept.join(' or ')}`]
  })
  return { percent: (100 * (texts.length - wrong.length)) / texts.length, wrong }
}

const isCertain = (place: string): boolean => place.includes(': certain ')

describe('texts that people posted', () => {
  // The recognisers were written with these at hand.
  test.each(['shown', 'drafts'])('are recognised: %s', (name) => {
    const { percent, wrong } = scoreOf(read(name))
    expect(percent, wrong.join('\n')).toBeGreaterThanOrEqual(97)
    expect(wrong.filter(isCertain)).toEqual([])
  })

  // Set aside before the recognisers were written. Do not read them to write more; collect new ones instead.
  test('are recognised if they were set aside', () => {
    const { percent, wrong } = scoreOf(read('kept'))
    expect(percent, wrong.join('\n')).toBeGreaterThanOrEqual(85)
    expect(wrong.filter(isCertain)).toEqual([])
  })

  test('name failures of the table only', () => {
    const named = ['shown', 'drafts', 'kept'].flatMap(read).flatMap(({ accept }) => accept)
    const unknown = named.filter((code) => !Object.hasOwn(failureTable, code))
    expect([...new Set(unknown)]).toEqual([])
  })

  test('and were given to this project are recognised', ({ skip }) => {
    const given = present(
      corpus('reports/reports.json') as
        readonly (Reported & { readonly how: string; readonly expectCode: string })[] | undefined,
      {
        skip,
      },
    )
    const texts = given
      .filter(({ how }) => how === 'explain')
      .map(({ accept, expectCode, ...text }) => ({
        ...text,
        accept: [expectCode, ...accept].map((code) => code.replace(/^new:/, '')),
      }))
    const { percent, wrong } = scoreOf(texts)
    expect(percent, wrong.join('\n')).toBeGreaterThanOrEqual(95)
    expect(wrong.filter(isCertain)).toEqual([])
  })
})

describe('texts of other systems', () => {
  test.each([...read('other-systems-shown'), ...read('other-systems-kept')])(
    'are at most possible: $id',
    ({ input }) => {
      expect(candidatesOf(input).filter(({ likelihood }) => likelihood !== 'possible')).toEqual([])
    },
  )
})
