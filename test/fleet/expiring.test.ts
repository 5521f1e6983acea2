import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { credentials, postForm } from '../emulator/raw-http.ts'
import { scaled } from './scale.ts'
import { root, startProgram } from '../support/built-gsa.ts'
import { fillStore, type Person } from './fill-store.ts'
import { type Fleet, test } from './fleet.ts'

const people = scaled(200, 2_000)
const processes = 4
const perSecond = 40

// Asks for the tokens of all accounts at once, as a server does after a night, and prints them.
const server = `
  import { text } from 'node:stream/consumers'
  const { accessToken } = await import(${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)})
  const { emails, refreshesPerSecond } = JSON.parse(await text(process.stdin))
  const refreshes = []
  const onEvent = (event) => {
    if (event.source === 'refresh') refreshes.push(event.sub)
  }
  const tokens = await Promise.all(emails.map((account) => accessToken({ account, onEvent, refreshesPerSecond })))
  process.stdout.write(JSON.stringify({ tokens, refreshes }))
`

interface Asked {
  readonly tokens: readonly string[]
  /** The accounts that this process refreshed. */
  readonly refreshes: readonly string[]
}

describe(`${people} accounts whose tokens expire at once`, () => {
  test(
    `are refreshed once each by ${processes} servers that need all of them, at the pace that each was given`,
    { timeout: 1_800_000 },
    async ({ fleet, google, annotate }) => {
      const all = await loggedIn(fleet, google)
      await fillStore(fleet, google, all)
      const emails = all.map(({ email }) => email)
      const stopWatching = fleet.watchActivity()
      const seen = new Set<string>()
      for (const refreshesPerSecond of [1_000_000, perSecond]) {
        fleet.advanceClocks('2h')
        const before = refreshes(google)
        const started = performance.now()
        const asked = await Promise.all(
          Array.from({ length: processes }, async (_, machine) => ask(fleet, machine, { emails, refreshesPerSecond })),
        )
        const seconds = (performance.now() - started) / 1000
        const counts = refreshes(google)
        const sent = [...counts].map(([account, count]) => [account, count - (before.get(account) ?? 0)] as const)
        expect(sent.filter(([, count]) => count !== 1)).toEqual([])
        expect(sent).toHaveLength(people)
        const [first] = asked
        for (const { tokens } of asked) expect(tokens).toEqual(first?.tokens)
        for (const token of first?.tokens ?? []) expect(seen.has(token)).toBe(false)
        for (const token of first?.tokens ?? []) seen.add(token)
        const shares = asked.map((one) => one.refreshes.length)
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(people)
        // Each process keeps its pace; the last refresh of a second may be one of the next.
        expect(seconds).toBeGreaterThan(Math.max(...shares) / refreshesPerSecond - 1)
        await annotate(
          `at most ${refreshesPerSecond} a second: ${seconds.toFixed(1)} s, refreshed by ${shares.join(' + ')}`,
        )
      }
      await stopWatching()
      await fleet.expectNothingReadable([...seen].slice(0, 200))
    },
  )
})

async function ask(fleet: Fleet, machine: number, input: object): Promise<Asked> {
  const argv = ['--input-type=module', '--eval', server]
  const { exitCode, stdout, stderr } = await startProgram(process.execPath, argv, {
    env: fleet.env(machine),
    stdin: JSON.stringify(input),
    deadlineMs: 900_000,
  }).ended
  expect(exitCode, stderr).toBe(0)
  return JSON.parse(stdout) as Asked
}

/** Logs people in at the server, without gsa. */
async function loggedIn(fleet: Fleet, google: Emulator): Promise<readonly Person[]> {
  const emails = await fleet.accounts(people)
  const found: Person[] = []
  for (const email of emails) {
    const code = await google.createCode({ account: email, platform: 'android', forceRefreshToken: true })
    const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
    const { json } = await postForm(`${google.issuer}/token`, form)
    const { refresh_token: refreshToken } = json as { refresh_token: string }
    const sub = google.accounts.find((account) => account.email === email)?.sub ?? ''
    found.push({ sub, email, refreshToken })
  }
  return found
}

/** Returns how often each account's token was refreshed. */
function refreshes(google: Emulator): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { path, form, account = '' } of google.requests())
    if (path === '/token' && form['grant_type'] === 'refresh_token') counts.set(account, (counts.get(account) ?? 0) + 1)
  return counts
}
