import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Machine, test } from '../keychain/machine.ts'
import { type Ended, startGsa } from '../support/built-gsa.ts'
import { scaled, seededRandom } from './scale.ts'

const ada = 'ada@example.com'
const grace = 'grace@corp.example'
const kills = scaled(1, 40)

/** The command to kill: its name and its input. */
const victims: Readonly<Record<string, (google: Emulator) => Promise<{ argv: string[]; stdin?: string }>>> = {
  exchange: async (google) => ({
    argv: ['exchange', '-'],
    stdin: await google.createCode({ account: ada, forceRefreshToken: true }),
  }),
  refresh: () => Promise.resolve({ argv: ['refresh', '--account', ada] }),
  revoke: () => Promise.resolve({ argv: ['revoke', '--account', ada, '--yes'] }),
  'accounts remove': () => Promise.resolve({ argv: ['accounts', 'remove', ada, '--yes'] }),
}

const stores: Readonly<Record<string, (machine: Machine) => Record<string, string>>> = {
  keychain: () => ({}),
  'the age file': (machine) => {
    const home = machine.env['HOME'] ?? ''
    const passphrase = join(home, 'passphrase')
    writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
    return { GSA_STORE: `file:${join(home, 'store', 'secrets.age')}`, GSA_STORE_PASSPHRASE_FILE: passphrase }
  },
}

describe('kill -9', () => {
  const all = Object.keys(victims)
  // An age file makes each command ten times slower: the short run kills the one that the seed chooses.
  const chosen = all[Math.floor(seededRandom()() * all.length)] ?? ''
  const rows = Object.keys(stores).flatMap((store) =>
    (store === 'keychain' || kills > 1 ? all : [chosen]).map((victim) => [victim, store] as const),
  )

  for (const [victim, store] of rows) {
    test(
      `of ${victim} with ${store} leaves each account working or asking for a login, ${kills} times`,
      { timeout: 900_000 },
      async ({ machine, google }) => {
        await machine.logIn('unlocked')
        const env = stores[store]?.(machine) ?? {}
        const run = (argv: readonly string[], stdin?: string): Promise<Ended> =>
          machine.gsa(argv, { env, ...(stdin === undefined ? {} : { stdin }) })
        const logIn = async (account: string): Promise<void> => {
          const { exitCode, stderr } = await run(
            ['exchange', '-'],
            await google.createCode({ account, forceRefreshToken: true }),
          )
          expect(exitCode, stderr).toBe(0)
        }
        await logIn(grace)
        await logIn(ada)
        const wholeMs = await durationOf(async () => run(['refresh', '--account', ada]))
        const random = seededRandom()

        for (let kill = 0; kill < kills; kill++) {
          const { argv, stdin } = await victims[victim]!(google)
          const process = startGsa(argv, { env: { ...machine.env, ...env }, ...(stdin === undefined ? {} : { stdin }) })
          const timer = setTimeout(() => process.signal('SIGKILL'), random() * wholeMs * 1.2)
          await process.ended
          clearTimeout(timer)

          await expectWhole(
            ada,
            await run(['token', '--account', ada, '--min-ttl', '2h']),
            google,
            `kill ${kill} of ${victim}`,
          )
          // A revocation affects only its user's access.
          await expectWhole(
            grace,
            await run(['token', '--account', grace, '--min-ttl', '2h']),
            google,
            `kill ${kill} of ${victim}`,
          )
          const relogin = await run(['whoami', '--account', ada, '--json'])
          if (relogin.exitCode !== 0 || !(relogin.json['refreshToken'] as { stored: boolean }).stored) await logIn(ada)
        }
        const grant = await run(['refresh', '--account', grace])
        expect(grant.exitCode, grant.stderr).toBe(0)
      },
    )
  }
})

async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** Expects either a token that the server knows as this account's, or exit code 4 with the way to log in. */
async function expectWhole(account: string, run: Ended, google: Emulator, when: string): Promise<void> {
  const owner = run.exitCode === 0 ? await ownerOf(run.stdout.trim(), google) : 'nobody'
  const asksForLogin = run.exitCode === 4 && run.stderr.includes('gsa login')
  expect(
    owner === account || asksForLogin,
    `${when}: exit code ${run.exitCode}, token of ${owner}, ${run.stderr}`,
  ).toBe(true)
}

async function ownerOf(accessToken: string, google: Emulator): Promise<string> {
  const answer = await fetch(`${google.issuer}/tokeninfo?access_token=${accessToken}`)
  return ((await answer.json()) as { email?: string }).email ?? 'nobody'
}
