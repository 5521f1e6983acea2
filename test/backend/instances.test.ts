import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type RawAnswer, send } from '../emulator/raw-http.ts'
import { type Gsa, type Run, type RunOptions, test } from '../support/harness.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { isThere, needs } from '../support/system-parts.ts'
import { serving } from './serving.ts'

const tokenPosts = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

const untilTokenPost = async (google: Emulator): Promise<void> => {
  while (tokenPosts(google) === 0) await pause(20)
}

const healthUntil = async (port: number, status: number): Promise<RawAnswer> => {
  for (;;) {
    const answer = await send(`http://127.0.0.1:${port}/healthz`)
    if (answer.status === status) return answer
    await pause(50)
  }
}

describe('instances of gsa serve with one database', () => {
  let postgres: Postgres
  beforeAll(async () => {
    if (isThere('PostgreSQL')) postgres = await startPostgres()
  })
  afterAll(async () => postgres?.end())

  /** Returns the settings of an instance on a machine of its own. */
  const machines = async (gsa: Gsa): Promise<(name: string) => RunOptions> => {
    const { url } = await postgres.createDatabase()
    const key = gsa.file('store-key', `${randomBytes(32).toString('base64')}\n`)
    chmodSync(key, 0o600)
    return (name) => {
      const folder = join(gsa.folder, name)
      mkdirSync(folder)
      const env = { GSA_STORE: `postgres:${url}`, GSA_STORE_KEY_FILE: key, GSA_CONFIG_DIR: join(folder, 'gsa') }
      return { env }
    }
  }

  test('redeem a code once that is sent to both at the same time, and give both the same response', async ({
    gsa,
    google,
    skip,
  }) => {
    needs({ skip }, 'PostgreSQL')
    const machine = await machines(gsa)
    const authCode = await google.createCode()
    google.arm({ on: 'token', fault: 'slow', seconds: 1 })
    let answers: readonly RawAnswer[] = []
    let other: Run | undefined
    const one = await serving(
      gsa,
      ['--log', 'json'],
      async (first) => {
        other = await serving(
          gsa,
          ['--log', 'json'],
          async (second) => {
            answers = await Promise.all([first.post({ authCode }), second.post({ authCode })])
          },
          machine('other'),
        )
      },
      machine('one'),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers[0]?.body).toBe(answers[1]?.body)
    expect(tokenPosts(google)).toBe(1)
    const entries = [one, other]
      .flatMap((run) => run?.stderr.split('\n') ?? [])
      .filter((line) => line.includes('"event":"request"'))
      .map((line) => JSON.parse(line) as JsonObject)
    expect(entries.map(({ repeated }) => String(repeated)).toSorted()).toEqual(['false', 'true'])
    expect(new Set(entries.map(({ account }) => account))).toEqual(new Set(['110000000000000000001']))
  })

  test('check a repeated code as the first one', async ({ gsa, google, skip }) => {
    needs({ skip }, 'PostgreSQL')
    const machine = await machines(gsa)
    const authCode = await google.createCode({ account: 'ada@example.com' })
    const answers: RawAnswer[] = []
    await serving(
      gsa,
      [],
      async (first) => {
        answers.push(await first.post({ authCode }))
        answers.push(await first.post({ authCode, idToken: 'not.a.token' }))
        await serving(
          gsa,
          ['--expect-email', 'grace@corp.example'],
          async (second) => void answers.push(await second.post({ authCode })),
          machine('other'),
        )
        await serving(
          gsa,
          ['--expect-email', 'ada@example.com'],
          async (third) => void answers.push(await third.post({ authCode })),
          machine('third'),
        )
      },
      machine('one'),
    )
    expect(answers.map(({ status, json }) => [status, (json['error'] as JsonObject | undefined)?.['code']])).toEqual([
      [200, undefined],
      [400, expect.stringContaining('id_token')],
      [403, 'account_unexpected'],
      [200, undefined],
    ])
    expect(tokenPosts(google)).toBe(1)
  })

  test('say at /healthz that the database is down, and that it is back', async ({ gsa, skip }) => {
    needs({ skip }, 'PostgreSQL')
    const machine = await machines(gsa)
    await serving(
      gsa,
      [],
      async ({ port }) => {
        await healthUntil(port, 200)
        await postgres.stop()
        try {
          // A code follows when gsa no longer waits for the database.
          expect((await healthUntil(port, 503)).json).toMatchObject({ status: 'store_unavailable' })
        } finally {
          await postgres.start()
        }
        await healthUntil(port, 200)
      },
      machine('one'),
    )
  })

  test('store the tokens of a code although the database crashes during the exchange', async ({
    gsa,
    google,
    skip,
  }) => {
    needs({ skip }, 'PostgreSQL')
    const machine = await machines(gsa)
    const authCode = await google.createCode()
    google.arm({ on: 'token', fault: 'slow', seconds: 1 })
    await serving(
      gsa,
      [],
      async ({ port, post }) => {
        const answering = post({ authCode })
        await untilTokenPost(google)
        await postgres.stop('immediate')
        await healthUntil(port, 503)
        await postgres.start()
        expect((await answering).status).toBe(200)
      },
      machine('one'),
    )
    expect(tokenPosts(google)).toBe(1)
    const other = await gsa.run('whoami', '--json', machine('other'))
    expect(other.json, other.stderr).toMatchObject({ account: { email: 'ada@example.com' } })
  })
})
