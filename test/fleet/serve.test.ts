import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request as httpRequest } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { postCode } from '../backend/serving.ts'
import { seededRandom } from '../faults/scale.ts'
import { scaled } from './scale.ts'
import type { Running } from '../support/built-gsa.ts'
import { type Fleet, test } from './fleet.ts'
import { startRoundRobin } from './round-robin.ts'

const instances = 4
const clients = scaled(40, 200)
const codes = scaled(300, 10_000)
const people = scaled(50, 1_000)
const restarts = scaled(1, 5)
const cuts = scaled(5, 50)
// The emulator remembers its last ten thousand requests.
const batchSize = Math.min(codes, 1_000)
// A minute in which gsa retries to store tokens, and as long for a busy machine.
const longestMs = 180_000
// The share of the clients that lose the response to their first request.
const hangUps = 0.1
const random = seededRandom()
const pairingToken = 'a-token-of-this-fleet-for-tests'

/** The final answer to a client for one code. */
interface Told {
  readonly code: string
  readonly account: string
  readonly status: number
  readonly body: JsonObject
  readonly tries: number
  readonly ms: number
}

describe(`${instances} instances of gsa serve behind a load balancer, with one database`, () => {
  test(
    `redeem ${codes} codes of ${clients} clients once each, while the database restarts ${restarts} times and its connections are cut ${cuts} times`,
    { timeout: 3_600_000 },
    async ({ fleet, google, annotate }) => {
      const emails = await fleet.accounts(people)
      const servers = await startInstances(fleet)
      const balancer = await startRoundRobin(servers.map(({ port }) => port))
      onTestFinished(async () => balancer.close())
      const url = `http://127.0.0.1:${balancer.port}/authcode`
      const stopWatching = fleet.watchActivity()
      const told: Told[] = []
      const sent = new Map<string, number>()
      const happened: string[] = []
      const disturb = disturber(fleet, happened)
      for (let batch = 0; batch * batchSize < codes; batch++) {
        const left = await Promise.all(
          Array.from({ length: batchSize }, async (_, at) => {
            const account = emails[(batch * batchSize + at) % people] ?? ''
            return { account, code: await google.createCode({ account, forceRefreshToken: true }) }
          }),
        )
        await Promise.all(
          Array.from({ length: clients }, async () => {
            for (let one = left.pop(); one !== undefined; one = left.pop()) {
              told.push(await sendUntilAnswered(url, one))
              disturb(told.length)
            }
          }),
        )
        countSent(google, sent)
      }
      await stopWatching()
      await disturb.done()

      const ends = await Promise.all(
        servers.map(async ({ running }) => {
          running.signal('SIGTERM')
          return running.ended
        }),
      )
      expect(ends.map(({ exitCode }) => exitCode)).toEqual(ends.map(() => 130))
      expect(told).toHaveLength(codes)
      expect([...sent.values()].filter((times) => times > 1)).toEqual([])
      expect(sent.size).toBe(codes)
      const answers = new Map<string, number>()
      for (const { status, body } of told) {
        const answer = `${status} ${errorOf(body)}`
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }
      const counts = [...answers].map(([answer, count]) => `${count} × ${answer}`)
      const tries = Math.max(...told.map((one) => one.tries))
      const slowestMs = Math.max(...told.map(({ ms }) => ms))
      await annotate(
        `${counts.join(', ')}; up to ${tries} tries, ${Math.round(slowestMs)} ms; ${happened.join(', ')}; ` +
          `${ends.flatMap(({ stderr }) => stderr.match(/"repeated":true/g) ?? []).length} results repeated`,
      )
      // No instance was killed, so each code has a result that all instances know.
      expect(told.filter(({ status }) => status !== 200)).toEqual([])
      for (const { body, account } of told) expect(body['email']).toBe(account)
      await expectStored(fleet, emails)
      await fleet.expectNothingReadable(told.map(({ code }) => code))
    },
  )
})

async function startInstances(fleet: Fleet): Promise<readonly { readonly running: Running; readonly port: number }[]> {
  const tokenFile = join(fleet.env(0)['HOME'] ?? '', 'pairing-token')
  writeFileSync(tokenFile, `${pairingToken}\n`, { mode: 0o600 })
  const argv = ['serve', '--port', '0', '--log', 'json', '--token-file', tokenFile, '--allow-host', 'fleet.example']
  return Promise.all(
    Array.from({ length: instances }, async (_, machine) => {
      const running = fleet.start(machine, argv, { deadlineMs: 3_600_000 })
      const [, port = ''] = await running.says(/"event":"start","url":"http:..127.0.0.1:(\d+)/)
      return { running, port: Number(port) }
    }),
  )
}

/** Sends a code as an app does: with the same code again if it got no answer, or one that says that this may help. */
async function sendUntilAnswered(
  url: string,
  { code, account }: { readonly code: string; readonly account: string },
): Promise<Told> {
  const started = performance.now()
  const headers = { 'x-pairing-token': pairingToken, host: 'fleet.example' }
  if (random() < hangUps) await sendAndHangUp(url, code, headers, random() * 300)
  for (let tries = 1; ; tries++) {
    const answer = await postCode(url, { authCode: code }, headers).catch(() => undefined)
    const body = (answer?.json ?? {}) as JsonObject
    const ms = performance.now() - started
    const { codeState } = (body['error'] ?? {}) as JsonObject
    const status = answer?.status ?? 0
    const mayRetry = status === 0 || status >= 500 || codeState === 'unused'
    if (!mayRetry || ms > longestMs) return { code, account, status, body, tries, ms }
    await pause(100)
  }
}

/** Sends a code, and closes the connection after some time: the app loses the response, but not the code. */
async function sendAndHangUp(
  url: string,
  code: string,
  headers: Readonly<Record<string, string>>,
  afterMs: number,
): Promise<void> {
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-requested-with': 'XMLHttpRequest' }
  const sending = httpRequest(url, { method: 'POST', headers: { ...form, ...headers }, agent: false })
  sending.on('error', () => undefined)
  sending.end(new URLSearchParams({ authCode: code }).toString())
  await pause(afterMs)
  sending.destroy()
}

/** Restarts the database, and cuts its connections, at even distances of the finished codes. */
function disturber(fleet: Fleet, happened: string[]): { (finished: number): void; done(): Promise<void> } {
  const { postgres } = fleet
  const plan = [
    ...Array.from({ length: restarts }, (_, at) => ({
      at: Math.floor((codes * (at + 0.5)) / restarts),
      isRestart: true,
    })),
    ...Array.from({ length: cuts }, (_, at) => ({ at: Math.floor((codes * (at + 0.3)) / cuts), isRestart: false })),
  ].toSorted((one, other) => one.at - other.at)
  let restarted = 0
  let cut = 0
  let connections = 0
  let doing = Promise.resolve()
  const disturb = (finished: number): void => {
    for (let next = plan[0]; next !== undefined && next.at <= finished; next = plan[0]) {
      plan.shift()
      const { isRestart } = next
      const before = doing
      doing = (async () => {
        await before
        if (isRestart) await postgres.restart('immediate')
        else connections += await postgres.cutConnections()
        if (isRestart) restarted++
        else cut++
      })()
    }
  }
  return Object.assign(disturb, {
    async done() {
      await doing
      expect([restarted, cut]).toEqual([restarts, cuts])
      happened.push(`${restarted} restarts`, `${cut} cuts of ${connections} connections`)
    },
  })
}

/** Counts how often each code was sent, as far as the journal goes back. */
function countSent(google: Emulator, sent: Map<string, number>): void {
  const now = new Map<string, number>()
  for (const { path, form } of google.requests())
    if (path === '/token' && form['code'] !== undefined) now.set(form['code'], (now.get(form['code']) ?? 0) + 1)
  for (const [code, times] of now) sent.set(code, Math.max(times, sent.get(code) ?? 0))
}

function errorOf(body: JsonObject): string {
  const { code = 'redeemed', codeState } = (body['error'] ?? {}) as JsonObject
  return JSON.stringify([code, codeState])
}

async function expectStored(fleet: Fleet, emails: readonly string[]): Promise<void> {
  const status = await fleet.gsa(0, ['store', 'status', '--json'])
  expect(status.json['accounts']).toMatchObject({ connected: people, needsLogin: 0 })
  expect(status.json['locks']).toEqual([])
  for (const account of [emails[0] ?? '', emails.at(-1) ?? ''])
    expect((await fleet.gsa(1, ['refresh', '--account', account])).exitCode).toBe(0)
}
