import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { type Machine, test } from '../keychain/machine.ts'
import { runProgram } from '../support/built-gsa.ts'
import { scaled, seededRandom } from './scale.ts'

const processes = 8

async function exchanged(machine: Machine, google: Emulator, options: readonly string[]): Promise<void> {
  await machine.logIn('unlocked')
  const { exitCode, stderr } = await machine.gsa(['exchange', '-', ...options], { stdin: await google.createCode() })
  expect(exitCode, stderr).toBe(0)
}

/** Removes the cached access token from the keychain, as if it had expired. */
async function expireCache(machine: Machine): Promise<void> {
  const item = (await machine.items()).find(({ account }) => account.startsWith('credential '))
  const { cached: _, ...credential } = JSON.parse(item!.secret) as Record<string, unknown>
  const attributes = ['service', 'gsa-cli', 'username', item!.account]
  const { exitCode } = await runProgram('secret-tool', ['store', '--label=gsa', ...attributes], {
    env: machine.env,
    stdin: JSON.stringify(credential),
  })
  expect(exitCode).toBe(0)
}

const refreshes = (google: Emulator): number =>
  google.requests().filter(({ path, form }) => path === '/token' && form['grant_type'] === 'refresh_token').length

const together = <T>(count: number, run: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => run(at)))

const kinds = [
  ['a token without a key', []],
  ['a bound token', ['--dpop']],
] as const

describe('processes that need a token at the same time', () => {
  const rounds = scaled(4, 50)

  test.for(kinds)(
    `share one refresh of %s, ${processes} processes in ${rounds} rounds`,
    { timeout: 600_000 },
    async ([, options], { machine, google }) => {
      await exchanged(machine, google, options)
      for (let round = 1; round <= rounds; round++) {
        await expireCache(machine)
        const runs = await together(processes, () => machine.gsa(['token']))
        expect(runs.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr))).toEqual(runs.map(() => 0))
        expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
        expect(runs[0]?.stdout).toMatch(/^ya29\./)
        expect(refreshes(google)).toBe(round)
      }
    },
  )

  const mixed = scaled(24, 200)

  test.for(kinds)(
    `never lose %s that rotates, in ${mixed} mixed refreshes`,
    { timeout: 600_000 },
    async ([, options], { machine, google }) => {
      await exchanged(machine, google, options)
      google.arm({ on: 'token', fault: 'rotate-refresh-token', times: 1_000_000 })
      const random = seededRandom()
      let left = mixed
      await together(processes, async () => {
        while (left-- > 0) {
          const argv = random() < 0.5 ? ['refresh'] : ['token', '--min-ttl', '2h']
          const { exitCode, stderr } = await machine.gsa(argv)
          expect(exitCode, stderr).toBe(0)
        }
      })
      expect(refreshes(google)).toBe(mixed)
      // Google rejects a token that was rotated; the stored one must be the newest.
      const last = await machine.gsa(['refresh', '--json'])
      expect(last.exitCode, last.stderr).toBe(0)
    },
  )

  test(
    'find the account list intact, whichever process writes it',
    { timeout: 120_000 },
    async ({ machine, google }) => {
      await machine.logIn('unlocked')
      const accounts = await together(processes, async (at) => {
        await configure(google, 'POST accounts', { email: `user${at}@example.com` })
        return `user${at}@example.com`
      })
      const codes = await Promise.all(accounts.map((account) => google.createCode({ account })))
      const runs = await together(processes, (at) => machine.gsa(['exchange', '-'], { stdin: codes[at] ?? '' }))
      expect(runs.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr))).toEqual(runs.map(() => 0))
      const { json } = await machine.gsa(['accounts', '--json'])
      const listed = (json['accounts'] as { account: { email: string } }[]).map(({ account }) => account.email)
      expect(listed.toSorted()).toEqual(accounts.toSorted())
    },
  )
})
