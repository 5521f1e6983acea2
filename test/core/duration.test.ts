import { expect, test } from 'vitest'
import { parseDuration } from '../../src/core/duration.ts'
import { test as withProgram } from '../support/harness.ts'

test.each([
  ['90s', 90_000],
  ['3m', 180_000],
  ['0s', 0],
  ['59m50s', 3_590_000],
  ['1d12h', 129_600_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
])('%s is %i milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '5', 's', '-1s', '1.5h', '1 h', '5m ', '1w', '5M', '1h30', '1234567890s', '１s', 'P1D'])(
  '"%s" is not a duration',
  (text) => {
    expect(() => parseDuration(text)).toThrow(/^Write a duration as numbers with a unit: 90s, 59m50s, 2h or 1d12h$/)
  },
)

withProgram("flags and the emulator's clock accept the same durations", async ({ gsa, google }) => {
  await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode() })
  google.advanceClock('59m50s')
  const refused = await gsa.run('token', '--min-ttl', '1h30', '--json')
  expect(refused.exitCode).toBe(2)
  expect(refused.error['message']).toContain('90s, 59m50s, 2h or 1d12h')
  expect(() => google.advanceClock('1h30')).toThrow('90s, 59m50s, 2h or 1d12h')
  expect((await gsa.run('token', '--min-ttl', '59m50s', { printsSecrets: true })).exitCode).toBe(0)
})
