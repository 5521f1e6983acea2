import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { failureTable } from '../../src/failures/table.ts'
import { type Gsa, withGsa } from '../support/harness.ts'
import { catalogue } from './catalogue.ts'
import { type Outcome, staged } from './staged.ts'

const rows = Object.entries(staged)
const scenes = rows.flatMap(([number, row]) => ('stage' in row ? [{ number, ...row }] : []))
const answers = rows.flatMap(([number, row]) => ('answer' in row ? [{ number, ...row }] : []))
const reasons = rows.flatMap(([number, row]) => ('elsewhere' in row ? [[number, row.elsewhere] as const] : []))

/** Returns the reported failure, or the warning with this code if there is none. */
function told(outcome: Outcome, code: string): JsonObject | undefined {
  if (outcome.exitCode !== 0) return outcome.error
  return (outcome.json['warnings'] as JsonObject[]).find((warning) => warning['code'] === code)
}

/** Returns the code that `gsa explain` gives for a text, or undefined if it does not know it. */
async function explanationOf(text: string, gsa: Gsa): Promise<unknown> {
  const run = await gsa.run('explain', '-', '--json', { stdin: text })
  return run.exitCode === 0 ? (run.json['candidates'] as JsonObject[])[0]?.['code'] : undefined
}

// Warnings are not in the table, and these two rows have hardly any words of their own.
const isRecognisedByItsWords = (code: string): boolean =>
  Object.hasOwn(failureTable, code) && code !== 'usage' && code !== 'app_file_wrong'

describe('a known failure that gsa itself meets', () => {
  test.each(scenes)(
    'is reported for row $number as $code, and gsa explain recognises the message',
    async ({ stage, code, exitCode, cause, fix }) => {
      await withGsa(async (gsa, google) => {
        const outcome = await stage(gsa, google)
        const said = told(outcome, code)
        expect([outcome.exitCode, said?.['code']]).toEqual([exitCode, code])
        expect(said?.['message']).toContain(cause)
        expect(said?.['fix']).toContain(fix)
        const explained = await explanationOf(String(said?.['message']), gsa)
        expect(isRecognisedByItsWords(code) ? explained : code).toBe(code)
      })
    },
  )
})

describe("an answer of the emulator to another program's request", () => {
  test.each(answers)('is recognised for row $number as $code', async ({ answer, code }) => {
    await withGsa(async (gsa, google) => {
      expect(await explanationOf(await answer(google), gsa)).toBe(code)
    })
  })
})

describe('the known failures', () => {
  test('are all in the table, 1 to 108', () => {
    expect(rows.map(([number]) => Number(number))).toEqual(Array.from({ length: 108 }, (_, at) => at + 1))
  })

  test.each(reasons)('have a reason where gsa does not meet them, and can be pasted: row %s', (number, reason) => {
    expect(reason.length).toBeGreaterThan(20)
    expect(catalogue[Number(number)]).toHaveProperty('texts')
  })
})
