import { describe, expect } from 'vitest'
import { corpus, present } from './corpora.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, type Run, type RunOptions, test } from '../support/harness.ts'
import { type Row, rows, type Verdict } from './relying-party-rows.ts'

// The relying-party tests of the OpenID conformance suite, by name and meaning (oidf-rp/rp-tests.json). The suite
// watches a client from the provider's side, and so do these: the real program logs in at an emulator with one defect.

const file = corpus('oidf-rp/rp-tests.json') as { tests: readonly { name: string }[] } | undefined
const isApplicable = ({ verdict }: Row): boolean => verdict === 'accepted' || !('notApplicable' in verdict)

const inWords = (verdict: Verdict): string =>
  verdict === 'accepted'
    ? 'is accepted'
    : 'notApplicable' in verdict
      ? `cannot meet gsa: ${verdict.notApplicable}`
      : `ends in ${verdict.code}${verdict.check === undefined ? '' : ` (${verdict.check})`}, exit code ${verdict.exitCode}`

/** Returns the outcome of a run as a verdict. */
function outcomeOf(run: Run, verdict: Verdict): Verdict {
  if (run.exitCode === 0) return 'accepted'
  const { code, details } = run.error as { code: string; details: { check?: string } }
  const namesCheck = verdict !== 'accepted' && 'check' in verdict
  return { exitCode: run.exitCode, code, ...(namesCheck ? { check: details.check ?? '' } : {}) }
}

/** Returns a `gsa` that knows only the emulator's issuer, so that it must discover everything else. */
function atIssuer(gsa: Gsa, google: Emulator): Gsa['run'] {
  return async (...args) => {
    const options = args.find((arg): arg is RunOptions => typeof arg !== 'string') ?? {}
    const env = {
      GSA_EMULATOR_HOST: undefined,
      GSA_ISSUER: google.issuer,
      GSA_DRIVE_URL: google.driveUrl,
      GSA_CLIENT_SECRETS: gsa.desktopClient,
      ...options.env,
    }
    return gsa.run(...args.filter((arg) => typeof arg === 'string'), { ...options, env })
  }
}

async function armed(google: Emulator): Promise<unknown> {
  const report = (await (await fetch(`${google.controlUrl}/faults`)).json()) as { armed: unknown }
  return report.armed
}

describe('a provider that', () => {
  for (const row of rows.filter(isApplicable)) {
    test(`${row.what} ${inWords(row.verdict)} [${row.id}]`, async ({ gsa, google }) => {
      for (const fault of row.faults ?? []) google.arm(fault)
      const run = atIssuer(gsa, google)
      const { timeIsUpWhen } = row
      const browser = { browser: {}, ...(timeIsUpWhen && { timeIsUpWhen }) }
      const login = (): Promise<Run> => run('login', '--no-browser', '--json', browser)
      const stage = { google, run, gsa, login }
      const result = await (row.play?.(stage) ?? login())
      expect(outcomeOf(result, row.verdict), result.stderr).toEqual(row.verdict)
      // A refused login stores nothing; a refused refresh leaves the existing account.
      const keeps = row.verdict === 'accepted' || row.play !== undefined
      expect(gsa.memory.size > 0).toBe(keeps)
      await row.also?.(stage, result)
      expect(await armed(google)).toHaveLength(row.unasked === undefined ? 0 : 1)
    })
  }
})

describe('the list of relying-party tests', () => {
  test('has 52 entries, each with a verdict here, and there are no other verdicts', ({ skip }) => {
    const names = present(file, { skip }).tests.map(({ name }) => name)
    expect(names).toHaveLength(52)
    expect([...new Set(rows.map(({ id }) => id))].toSorted()).toEqual(names.toSorted())
  })

  test('omits only what this client cannot meet, with the reason', () => {
    const reasons = rows.flatMap(({ verdict }) =>
      verdict !== 'accepted' && 'notApplicable' in verdict ? [verdict.notApplicable] : [],
    )
    expect(reasons).toHaveLength(5)
    for (const reason of reasons) expect(reason).toMatch(/^(?:gsa|Google) \S+/)
  })
})
