import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { accountKeyOf, credentialItem } from '../../src/accounts/credential.ts'
import type { AccountKey } from '../../src/accounts/account-key.ts'
import { sealedAccountIndex } from '../../src/accounts/sealed-account-index.ts'
import { seededRandom } from '../faults/scale.ts'
import { scaled } from './scale.ts'
import { openSealedDatabase } from '../stores/open-postgres-store.ts'
import type { Ended } from '../support/built-gsa.ts'
import { type Fleet, test } from './fleet.ts'

const kills = scaled(30, 1_000)
// After each round, the list and the items are compared.
const rounds = scaled(2, 25)
const machines = 4
const processes = 8
const accounts = 6
// The longest wait of gsa is 150 seconds, for a lock.
const boundMs = 170_000

/** A command to run, and to kill: its arguments and its input. */
type Victim = (
  google: Emulator,
  account: string,
) => Promise<{ readonly argv: readonly string[]; readonly stdin?: string }>

const logIn: Victim = async (google, account) => ({
  argv: ['exchange', '-', '--json'],
  stdin: await google.createCode({ account, forceRefreshToken: true }),
})
const simple =
  (...argv: readonly string[]): Victim =>
  (_, account) =>
    Promise.resolve({ argv: [...argv, account, '--json'] })
const rotating: Victim = (google, account) => {
  google.arm({ fault: 'rotate-refresh-token', on: 'token' })
  return Promise.resolve({ argv: ['refresh', '--account', account, '--json'] })
}

// Those that write most come most often.
const victims: readonly Victim[] = [
  logIn,
  logIn,
  simple('refresh', '--account'),
  rotating,
  rotating,
  simple('token', '--account'),
  simple('token', '--min-ttl', '2h', '--account'),
  simple('logout', '--account'),
  simple('accounts', 'use'),
  simple('login', '--start', '--account'),
]

// Other processes log out and lose rotated tokens, so an account may be gone.
const expectedErrors: readonly unknown[] = [
  'account_not_stored',
  'nothing_stored',
  'no_refresh_token',
  'refresh_token_refused',
  'account_needed',
  'credential_lost',
]

describe('kill -9 in a fleet', () => {
  test(
    `of ${processes} processes on ${machines} machines, ${kills} times: each account works or is gone`,
    { timeout: 3_600_000 },
    async ({ fleet, google, annotate }) => {
      const emails = await fleet.accounts(accounts)
      const codes: string[] = []
      const run = async (machine: number, victim: Victim, account: string, killAfterMs?: number): Promise<Ended> => {
        const { argv, stdin } = await victim(google, account)
        if (stdin !== undefined) codes.push(stdin)
        const running = fleet.start(machine, argv, { deadlineMs: boundMs, ...(stdin === undefined ? {} : { stdin }) })
        const timer = killAfterMs === undefined ? undefined : setTimeout(() => running.signal('SIGKILL'), killAfterMs)
        try {
          return await running.ended
        } finally {
          clearTimeout(timer)
        }
      }
      for (const email of emails) expect((await run(0, logIn, email)).exitCode).toBe(0)

      const stopWatching = fleet.watchActivity()
      const random = seededRandom()
      const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
      let killed = 0
      let completed = 0
      let usualMs = 500
      let longestMs = 0
      const differed: string[] = []
      for (let round = 1; round <= rounds; round++) {
        await Promise.all(
          Array.from({ length: processes }, async (_, at) => {
            while (killed < (kills * round) / rounds) {
              const started = performance.now()
              const ended = await run(
                at % machines,
                one(victims),
                one(emails),
                random() < 0.8 ? (0.25 + random()) * usualMs : undefined,
              )
              const tookMs = performance.now() - started
              longestMs = Math.max(longestMs, tookMs)
              if (ended.signal === 'SIGKILL') {
                killed++
                continue
              }
              completed++
              usualMs = usualMs * 0.9 + Math.min(tookMs, 5_000) * 0.1
              expectTrue(ended)
            }
          }),
        )
        const found = await differences(fleet)
        differed.push(...found)
        if (found.length > 0) await expectRebuilt(fleet)
      }
      await stopWatching()

      // Faults that no killed program reached must not strike now.
      await fetch(`${google.controlUrl}/faults`, { method: 'DELETE' })
      const rows = await fleet.postgres.query('select * from gsa.locks', fleet.database)
      const startedAt = performance.now()
      let working = 0
      for (const [at, email] of emails.entries()) {
        const ended = await run(at % machines, simple('refresh', '--account'), email)
        expectTrue(ended)
        if (ended.exitCode === 0) working++
        // A new login works in each case.
        expect((await run(at % machines, logIn, email)).exitCode).toBe(0)
        expect((await run((at + 1) % machines, simple('token', '--min-ttl', '2h', '--account'), email)).exitCode).toBe(
          0,
        )
      }
      const afterMs = performance.now() - startedAt
      const status = await fleet.gsa(0, ['store', 'status', '--json'])
      expect(status.json['locks']).toEqual([])
      expect(await differences(fleet)).toEqual([])
      const listed = await fleet.gsa(1, ['accounts', 'list', '--state', 'connected', '--json'])
      expect(listed.json['accounts']).toHaveLength(accounts)
      await fleet.expectNothingReadable(codes)
      await annotate(
        `${killed} killed, ${completed} completed, the longest took ${Math.round(longestMs)} ms; ${working} of ` +
          `${accounts} accounts worked; list and items differed ${differed.length} times (${differed.join('; ')}); ` +
          `${rows.length} rows of locks were left; afterwards ${accounts * 3} commands took ${Math.round(afterMs)} ms`,
      )
    },
  )
})

/** Expects `gsa accounts rebuild` to explain and end each difference. */
async function expectRebuilt(fleet: Fleet): Promise<void> {
  const rebuilt = await fleet.gsa(0, ['accounts', 'rebuild', '--json'])
  expect(rebuilt.exitCode, rebuilt.stderr).toBe(0)
  expect(await differences(fleet)).toEqual([])
}

/** Expects a command that was not killed to do its work, or to say truthfully that the account is gone. */
function expectTrue({ exitCode, stdout, stderr }: Ended): void {
  if (exitCode === 0) return
  const code = /"error":\{"code":"(\w+)"/.exec(stderr)?.[1]
  expect(expectedErrors, `${exitCode}: ${stdout}${stderr}`).toContain(code)
}

/** Returns how the list and the items of a store differ: each listed refresh token has its item, and the reverse. */
async function differences(fleet: Fleet): Promise<readonly string[]> {
  const { accounts: listed } = await sealedAccountIndex(openSealedDatabase(fleet)).read()
  const credentials = await fleet.credentials()
  const item = (key: AccountKey): boolean => credentials.get(credentialItem(key))?.refreshToken !== undefined
  const missing = listed.filter((account) => account.hasRefreshToken !== item(account))
  const unlisted = [...credentials.keys()].filter((name) => {
    const key = accountKeyOf(name)
    return key === undefined || !listed.some(({ sub, clientId }) => sub === key.sub && clientId === key.clientId)
  })
  return [
    ...missing.map(
      ({ sub, hasRefreshToken }) => `${sub} is listed ${hasRefreshToken ? 'with a' : 'without its'} token`,
    ),
    ...unlisted.map((name) => `${name} is not listed`),
  ]
}
