import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Gsa, withGsa } from '../support/harness.ts'
import { changingProxy } from './changing-proxy.ts'
import { changes, faults } from './mutations.ts'

/** Runs the comparison; returns the lines of its report below each probe that differs. */
async function differencesOf(gsa: Gsa, flags: readonly string[]): Promise<Map<string, string>> {
  const { json, exitCode } = await gsa.run('emulator', 'compare', ...flags, '--json')
  const { probes } = json as {
    probes: { name: string; result: string; differences: { what: string; target: string; with: string }[] }[]
  }
  const different = probes.filter(({ result }) => result === 'different')
  expect(exitCode, JSON.stringify(probes)).toBe(5)
  return new Map(
    different.map(({ name, differences }) => [
      name,
      differences.map((one) => `${one.what}: ${one.target} → ${one.with}`).join('\n'),
    ]),
  )
}

describe('gsa emulator compare finds', () => {
  test.each(Object.entries(changes))('%s', async (_, { change, probes, shows }) => {
    await withGsa(async (gsa, google) => {
      // Both in front of the same emulator, so that nothing else differs.
      const [target, other] = [await changingProxy(google.issuer, change), await changingProxy(google.issuer)]
      try {
        const found = await differencesOf(gsa, [
          '--target',
          target.url,
          '--with',
          other.url,
          ...probes.flatMap((name) => ['--probe', name]),
        ])
        expect([...found.keys()].toSorted()).toEqual(probes.toSorted())
        for (const shown of shows) expect([...found.values()].join('\n')).toContain(shown)
      } finally {
        await target.close()
        await other.close()
      }
    })
  })

  test.each(Object.entries(faults))('the fault %s', async (fault, { on: surface, probes, shows }) => {
    await withGsa(async (gsa, google) => {
      google.arm({ on: surface, fault, times: 20 })
      const found = await differencesOf(gsa, [
        '--target',
        google.issuer,
        ...probes.flatMap((name) => ['--probe', name]),
      ])
      expect([...found.keys()].toSorted()).toEqual(probes.toSorted())
      for (const shown of shows) expect([...found.values()].join('\n')).toContain(shown)
    })
  })

  test('is what the table in docs/evidence/compare.md says (npx vitest run test/comparison --update)', async () => {
    const page = join(import.meta.dirname, '../../docs/evidence/compare.md')
    const cell = (texts: readonly string[]): string => texts.join('<br>').replaceAll('|', String.raw`\|`)
    const code = (text: string): string => `\`${text.trim()}\``
    const rows = [
      ...Object.entries(changes),
      ...Object.entries(faults).map(([name, row]) => [`\`${name}\``, row] as const),
    ]
    const table = [
      '| mutation | requests that differ | a part of what is shown |',
      '|---|---|---|',
      ...rows.map(([name, { probes, shows }]) => `| ${name} | ${cell(probes)} | ${cell(shows.map(code))} |`),
    ].join('\n')
    const written = readFileSync(page, 'utf8').replace(/\| mutation [^]*?\n(?=\n)/, () => `${table}\n`)
    await expect(written).toMatchFileSnapshot(page)
  })
})
