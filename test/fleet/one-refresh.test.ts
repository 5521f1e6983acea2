import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { scaled } from './scale.ts'
import { test } from './fleet.ts'

const processes = 16
const machines = 4
const expiries = scaled(3, 200)

const refreshes = (google: Emulator): number =>
  google.requests().filter(({ path, form }) => path === '/token' && form['grant_type'] === 'refresh_token').length

describe('processes of a fleet that need a token at the same time', () => {
  test(
    `share one refresh, ${processes} processes for each of ${expiries} expiries`,
    { timeout: 3_600_000 },
    async ({ fleet, google, annotate }) => {
      const [email = ''] = await fleet.accounts(1)
      const exchanged = await fleet.gsa(0, ['exchange', '-'], { stdin: await google.createCode({ account: email }) })
      expect(exchanged.exitCode, exchanged.stderr).toBe(0)
      const times: number[] = []
      const tokens = new Set<string>()
      for (let expiry = 1; expiry <= expiries; expiry++) {
        fleet.advanceClocks('1h')
        const started = performance.now()
        const runs = await Promise.all(
          Array.from({ length: processes }, async (_, at) => fleet.gsa(at % machines, ['token'])),
        )
        times.push(performance.now() - started)
        expect(runs.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr))).toEqual(runs.map(() => 0))
        expect(new Set(runs.map(({ stdout }) => stdout)).size, `expiry ${expiry}`).toBe(1)
        tokens.add(runs[0]?.stdout ?? '')
        expect(refreshes(google), `expiry ${expiry}`).toBe(expiry)
      }
      expect(tokens.size).toBe(expiries)
      await fleet.expectNothingReadable([...tokens].map((token) => token.trim()))
      const slowest = Math.round(Math.max(...times))
      await annotate(`${refreshes(google)} refreshes for ${expiries} expiries; the slowest took ${slowest} ms`)
    },
  )
})
