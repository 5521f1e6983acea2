import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { postCode } from '../backend/serving.ts'
import { configure, type RawAnswer } from '../emulator/raw-http.ts'
import { type Machine, test } from '../keychain/machine.ts'
import { type Ended, type Running, startGsa } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { scaled } from './scale.ts'

const clients = scaled(50, 200)
const codes = scaled(200, 10_000)
// The emulator remembers its last ten thousand requests; each batch must fit.
const batchSize = scaled(100, 2_000)
const accounts = 20

const secretShapes = /ya29\.[\w-]{8,}|1\/\/0[\w-]{8,}|4(?:\/|%2F)0A[\w-]{16,}|GOCSPX-|eyJ[\w-]{8,}\.eyJ/

/** The ways to stop the backend in the middle of a batch. */
type Restart = 'none' | 'SIGTERM' | 'SIGKILL'

/** The final response to one client for one code, after retries while the backend was down. */
interface Told {
  readonly status: number
  readonly error: unknown
  /** Whether a connection broke after the code was sent, so that a response may have been lost. */
  readonly wasCut: boolean
}

describe(`gsa serve under load: ${clients} clients at the same time, ${codes} codes`, () => {
  test(
    'sends no code twice, loses none, and leaks no token, even when restarted in the middle',
    {
      timeout: 1_800_000,
    },
    async ({ machine, google, annotate }) => {
      await machine.logIn('unlocked')
      for (let at = 0; at < accounts; at++) await configure(google, 'POST accounts', { email: `user${at}@example.com` })
      const port = await freePort()
      const url = `http://127.0.0.1:${port}/authcode`
      const start = (): Running =>
        startGsa(['serve', '--port', String(port)], { env: machine.env, deadlineMs: 1_800_000 })
      const ends: Ended[] = []
      let backend = start()
      const seen = new Set<string>()

      for (let batch = 0; batch * batchSize < codes; batch++) {
        const restart = (['SIGTERM', 'SIGKILL', 'none'] as const)[batch % 3] ?? 'none'
        const made = await Promise.all(
          Array.from({ length: batchSize }, async (_, at) =>
            google.createCode({ account: `user${(batch * batchSize + at) % accounts}@example.com` }),
          ),
        )
        const answered = await sendAll(url, made, async (done) => {
          if (restart === 'none' || done !== batchSize / 2) return
          backend.signal(restart)
          ends.push(await backend.ended)
          backend = start()
        })
        expectNoneLost(answered, restart)
        const cut = answered.filter(({ wasCut }) => wasCut).length
        const before = answered.filter(({ status }) => status !== 200).length
        await annotate(
          `batch ${batch}, ${restart}: ${cut} connections cut, ${before} told that their code was sent before`,
        )
        expectSentOnce(google, seen, batchSize, `batch ${batch}`)
      }
      backend.signal('SIGTERM')
      ends.push(await backend.ended)
      for (const { stdout, stderr } of ends) expect(secretShapes.test(stdout + stderr)).toBe(false)
      expect(ends.map(({ exitCode }) => exitCode)).toEqual(ends.map(() => expect.toBeOneOf([130, null]) as number))
      await expectAllWork(machine)
    },
  )
})

/** Shares the codes among the clients; each sends one after the other. `onDone` gets the number of finished ones. */
async function sendAll(url: string, made: readonly string[], onDone: (done: number) => Promise<void>): Promise<Told[]> {
  const told: Told[] = []
  const left = [...made]
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let code = left.pop(); code !== undefined; code = left.pop()) {
        told.push(await sendUntilAnswered(url, code))
        await onDone(told.length)
      }
    }),
  )
  return told
}

/** Sends a code as an app does: retries with the same code while the backend is down. */
async function sendUntilAnswered(url: string, authCode: string): Promise<Told> {
  let wasCut = false
  for (;;) {
    try {
      const answer: RawAnswer = await postCode(url, { authCode })
      expect(secretShapes.test(answer.body)).toBe(false)
      const { error } = answer.json as { error?: JsonObject }
      if (answer.status !== 503) return { status: answer.status, error: error?.['code'], wasCut }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ECONNREFUSED' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error
      wasCut ||= code !== 'ECONNREFUSED'
    }
    await pause(50)
  }
}

/** Expects each code to be exchanged; only a client cut off by a kill may hear that it was already sent. */
function expectNoneLost(told: readonly Told[], restart: Restart): void {
  const without = told.filter(({ status }) => status !== 200)
  const excused = without.filter(
    ({ status, error, wasCut }) => restart === 'SIGKILL' && wasCut && status === 400 && error === 'code_used_before',
  )
  expect(told).toHaveLength(batchSize)
  expect(without).toEqual(excused)
}

function expectSentOnce(google: Emulator, seen: Set<string>, expected: number, what: string): void {
  const times = new Map<string, number>()
  for (const { path, form } of google.requests())
    if (path === '/token' && form['code'] !== undefined) times.set(form['code'], (times.get(form['code']) ?? 0) + 1)
  expect([...times].filter(([, count]) => count > 1)).toEqual([])
  const fresh = [...times.keys()].filter((code) => !seen.has(code))
  for (const code of fresh) seen.add(code)
  // A kill between mark and send leaves a code unsent; no code is sent without its mark.
  expect(fresh.length, what).toBeLessThanOrEqual(expected)
  expect(fresh.length, what).toBeGreaterThanOrEqual(expected - 8)
}

async function expectAllWork(machine: Machine): Promise<void> {
  const { json } = await machine.gsa(['accounts', '--json'])
  expect(json['accounts']).toHaveLength(accounts)
  for (const account of ['user0@example.com', `user${accounts - 1}@example.com`])
    expect((await machine.gsa(['refresh', '--account', account])).exitCode).toBe(0)
}
