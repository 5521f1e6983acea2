import { describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { type Gsa, type Run, type RunOptions, test } from '../support/harness.ts'

const dayMs = 86_400_000
const inDays = (days: number): RunOptions => ({ now: () => Date.now() + days * dayMs })

async function login(gsa: Gsa, options: RunOptions = {}): Promise<Run> {
  return gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, { browser: {}, ...options })
}

async function publish(google: Emulator, publishingStatus: 'testing' | 'production'): Promise<void> {
  await configure(google, 'POST projects', { publishingStatus })
}

const codesOf = ({ json }: Run): unknown[] => (json['warnings'] as { code: string }[]).map(({ code }) => code)
const warningOf = ({ json }: Run): string => (json['warnings'] as { message: string }[])[0]?.message ?? ''

describe('an app in Testing', () => {
  test('is mentioned at login, at each refresh and by whoami, with how to end Testing', async ({ gsa, google }) => {
    await publish(google, 'testing')
    const runs = [await login(gsa), await gsa.run('refresh', '--json'), await gsa.run('whoami', '--json')]
    for (const run of runs) {
      expect(codesOf(run)).toEqual(['refresh_token_expires'])
      expect(warningOf(run)).toMatch(
        /expires on 20\S+Z, seven days after the login, because the app is in "Testing"\.$/,
      )
    }
    expect((await gsa.run('whoami')).stderr).toContain('Publish it in the console (Audience, "Publish app")')
  })

  test('is not mentioned when only sign-in was requested', async ({ gsa, google }) => {
    await publish(google, 'testing')
    const run = await gsa.run('login', '--no-browser', '--json', '--scope', 'openid', '--scope', 'email', {
      env: { GSA_CLIENT_SECRETS: gsa.desktopClient },
      browser: {},
    })
    expect(codesOf(run)).toEqual([])
  })
})

describe('access for a limited time', () => {
  test('is mentioned at login, and again in its last week', async ({ gsa, google }) => {
    const browser = async (url: string): Promise<unknown> => answerConsent(url, { limitedAccess: true })
    const first = await login(gsa, { browser })
    expect(warningOf(first)).toMatch(
      /^The refresh token expires on 20\S+Z, because access was given for a limited time\.$/,
    )
    for (const [days, expected] of [
      [0, []],
      [172, []],
      [174, ['refresh_token_expires']],
    ] as const)
      expect(codesOf(await gsa.run('whoami', '--json', inDays(days)))).toEqual(expected)
    google.advanceClock('174d')
    expect(codesOf(await gsa.run('refresh', '--json', inDays(174)))).toEqual(['refresh_token_expires'])
  })
})

describe('many refresh tokens', () => {
  test('warn when consent is forced for the third time in a day', async ({ gsa, google }) => {
    const forced = async (now = 0): Promise<Run> =>
      gsa.run('exchange', '-', '--json', {
        stdin: await google.createCode({ forceRefreshToken: true }),
        ...inDays(now),
      })
    expect(codesOf(await forced())).toEqual(['not_bound_by_pkce'])
    expect(codesOf(await forced())).toEqual(['not_bound_by_pkce'])
    const third = await forced()
    expect(codesOf(third)).toEqual(['consent_in_a_loop', 'not_bound_by_pkce'])
    expect(warningOf(third)).toContain('number 3 of this account and client in a day')
  })

  test('do not warn on separate days, nor for another account', async ({ gsa, google }) => {
    for (const days of [0, 1.25, 2.5, 3.75]) {
      if (days > 0) google.advanceClock('1d6h')
      expect(codesOf(await login(gsa, inDays(days)))).toEqual([])
    }
    expect(codesOf(await login(gsa, { ...inDays(3.75), browser: { account: 'grace@corp.example' } }))).toEqual([])
  })

  test('warn from the ninetieth on that the next ones revoke the oldest', async ({ gsa }) => {
    await login(gsa)
    issued(gsa, 88)
    expect(codesOf(await login(gsa))).toEqual(['consent_in_a_loop'])
    const ninetieth = await login(gsa)
    expect(codesOf(ninetieth)).toEqual(['many_refresh_tokens'])
    expect(warningOf(ninetieth)).toContain('number 90 of this account and client. Google keeps 100')
  })

  test('count for six months only', async ({ gsa }) => {
    await login(gsa)
    issued(gsa, 95, 190)
    expect(codesOf(await login(gsa))).toEqual([])
  })

  test('are recorded as times only, and only as many as needed', async ({ gsa }) => {
    await login(gsa)
    issued(gsa, 300)
    await login(gsa)
    const [account] = (JSON.parse(gsa.memory.get('accounts') ?? '') as { accounts: JsonObject[] }).accounts
    const times = account?.['refreshTokenIssuances'] as string[]
    expect(times).toHaveLength(101)
    expect(times.every((time) => /^[\dT:.-]+Z$/.test(time))).toBe(true)
  })
})

/** Records so many of the account's refresh tokens as received so many days ago. */
function issued(gsa: Gsa, count: number, days = 0): void {
  const list = JSON.parse(gsa.memory.get('accounts') ?? '') as { accounts: JsonObject[] }
  const refreshTokenIssuances = Array<string>(count).fill(new Date(Date.now() - days * dayMs).toISOString())
  const accounts = list.accounts.map((account) => ({ ...account, refreshTokenIssuances }))
  gsa.memory.set('accounts', JSON.stringify({ ...list, accounts }))
}
