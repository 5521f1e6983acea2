import { describe, expect } from 'vitest'
import { corpus, present } from './corpora.ts'
import { test } from './fake-provider.ts'
import type { Run } from '../support/harness.ts'
import { type Row, rows, type Verdict } from './relying-party-rows.ts'

// The relying-party tests of the OpenID conformance suite, by name and meaning (oidf-rp/rp-tests.json). The suite watches a
// client from the side of the provider; so do these: the real program logs in at a provider that is wrong in one place.

const file = corpus('oidf-rp/rp-tests.json') as { tests: readonly { name: string }[] } | undefined
const isApplicable = ({ verdict }: Row): boolean => verdict === 'accepted' || !('notApplicable' in verdict)

const inWords = (verdict: Verdict): string =>
  verdict === 'accepted'
    ? 'is accepted'
    : 'notApplicable' in verdict
      ? `cannot meet gsa: ${verdict.notApplicable}`
      : `ends in ${verdict.code}${verdict.check === undefined ? '' : ` (${verdict.check})`}, exit code ${verdict.exitCode}`

/** What became of a run, in the words of a verdict. */
function outcomeOf(run: Run, verdict: Verdict): Verdict {
  if (run.exitCode === 0) return 'accepted'
  const { code, details } = run.error as { code: string; details: { check?: string } }
  const namesCheck = verdict !== 'accepted' && 'check' in verdict
  return { exitCode: run.exitCode, code, ...(namesCheck ? { check: details.check ?? '' } : {}) }
}

describe('a provider that', () => {
  for (const row of rows.filter(isApplicable)) {
    test(`${row.what} ${inWords(row.verdict)} [${row.id}]`, async ({ gsa, provider, run }) => {
      provider.misdeeds = row.misdeeds ?? {}
      const login = (): Promise<Run> => run('login', '--no-browser', '--json', ...(row.flags ?? []), { browser: {} })
      const stage = { provider, run, gsa, login }
      const result = await (row.play?.(stage) ?? login())
      expect(outcomeOf(result, row.verdict), result.stderr).toEqual(row.verdict)
      // What a refused login brought is nowhere; a refused refresh leaves the account that was there.
      const keeps = row.verdict === 'accepted' || row.play !== undefined
      expect(gsa.memory.size > 0).toBe(keeps)
      await row.also?.(stage, result)
    })
  }
})

describe('the list of relying-party tests', () => {
  test('has 52 entries, each with a verdict here, and nothing else is here', ({ skip }) => {
    const names = present(file, { skip }).tests.map(({ name }) => name)
    expect(names).toHaveLength(52)
    expect([...new Set(rows.map(({ id }) => id))].toSorted()).toEqual(names.toSorted())
  })

  test('leaves out only what this client cannot meet, with the reason', () => {
    const reasons = rows.flatMap(({ verdict }) =>
      verdict !== 'accepted' && 'notApplicable' in verdict ? [verdict.notApplicable] : [],
    )
    expect(reasons).toHaveLength(5)
    for (const reason of reasons) expect(reason).toMatch(/^(?:gsa|Google) \S+/)
  })
})
