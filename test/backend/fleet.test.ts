import { chmodSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test as plainTest } from 'vitest'
import { type BackendOptions, startBackend } from '../../src/backend/backend.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { Failure } from '../../src/failures/index.ts'
import { type RawAnswer, send } from '../emulator/raw-http.ts'
import { startGsa } from '../support/built-gsa.ts'
import { inFastTime } from '../support/fast-time.ts'
import { type Run, test, withGsa } from '../support/harness.ts'
import { asOtherUser, noOtherUser } from '../support/other-user.ts'
import { postCode, serving } from './serving.ts'

const secretShapes = /ya29\.[\w-]{8,}|1\/\/0[\w-]{8,}|4(?:\/|%2F)0A[\w-]{16,}|GOCSPX-|eyJ[\w-]{8,}\.eyJ/

const tokenPosts = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

const health = async (port: number, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  send(`http://127.0.0.1:${port}/healthz`, { headers })

/** Returns the entries of a JSON log. Fails if a line of it is anything else. */
const entriesOf = (stderr: string): JsonObject[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject)

const requestsIn = ({ stderr }: Run): JsonObject[] => entriesOf(stderr).filter(({ event }) => event === 'request')

describe('GET /healthz of gsa serve', () => {
  test.for(['10.0.0.7', 'lb.internal:8790', 'evil.example', '[fd00::1]'])(
    'answers a load balancer that sends Host: %s and no other header, and no page can read it from elsewhere',
    async (host) => {
      await withGsa(async (gsa) => {
        const run = await serving(gsa, ['--token'], async ({ port }) => {
          const answer = await health(port, { host, origin: 'https://evil.example' })
          expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}\n'])
          expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
          expect(answer.headers['cache-control']).toBe('no-store')
        })
        expect(run.stderr).not.toContain('healthz')
      })
    },
  )

  test('answers HEAD, and no other method', async ({ gsa }) => {
    await serving(gsa, [], async ({ port }) => {
      const url = `http://127.0.0.1:${port}/healthz?from=balancer`
      expect((await send(url, { method: 'HEAD' })).status).toBe(200)
      const posted = await send(url, { method: 'POST', body: 'authCode=x' })
      expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD'])
    })
  })

  test.skipIf(noOtherUser !== undefined)('answers another user on this machine', async ({ gsa }) => {
    await serving(gsa, [], async ({ port }) => {
      const said = await asOtherUser(`fetch('http://127.0.0.1:${port}/healthz').then(async (answer) =>
        console.log(answer.status, await answer.text()))`)
      expect(said).toBe('200 {"status":"ok"}')
    })
  })

  const backendWith = async (
    options: Partial<BackendOptions>,
    use: (port: number) => Promise<void>,
  ): Promise<{ troubles: string[] }> => {
    const troubles: string[] = []
    const backend = await startBackend({
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      isBehindBalancer: false,
      rules: {
        scheme: 'http',
        hostNames: [],
        isOpenToNetwork: false,
        refusesOtherUsers: false,
        pairingToken: undefined,
        allowedOrigins: [],
      },
      redeem: async () => Promise.reject(new Failure('server_stopping', {})),
      onVerdict: () => undefined,
      onTrouble: () => undefined,
      isStopping: () => false,
      isStoreUsable: async () => Promise.resolve(),
      onStoreTrouble: ({ code }) => troubles.push(code),
      ...options,
    })
    try {
      await use(backend.port)
    } finally {
      await backend.close()
    }
    return { troubles }
  }

  plainTest('says with a code that the store cannot be used, and asks it once for many probes', async () => {
    let probes = 0
    const isStoreUsable = async (): Promise<void> => {
      probes++
      await pause(50)
      throw new Failure('store_read_back_differs', { store: 'postgres:' })
    }
    const { troubles } = await backendWith({ isStoreUsable }, async (port) => {
      const answers = await Promise.all(Array.from({ length: 20 }, async () => health(port)))
      for (const { status, body } of answers)
        expect([status, body]).toEqual([503, '{"status":"store_unavailable","code":"store_read_back_differs"}\n'])
    })
    expect([probes, troubles]).toEqual([1, ['store_read_back_differs']])
  })

  plainTest('does not wait for a store that does not answer, and asks it only once meanwhile', async () => {
    let probes = 0
    const isStoreUsable = async (): Promise<void> => {
      probes++
      return new Promise(() => undefined)
    }
    await inFastTime(async () =>
      backendWith({ isStoreUsable }, async (port) => {
        for (let at = 0; at < 3; at++) {
          const { status, body } = await health(port)
          expect([status, body]).toEqual([503, '{"status":"store_unavailable"}\n'])
        }
      }),
    )
    expect(probes).toBe(1)
  })

  plainTest('accepts again within seconds after the store is back', async () => {
    let isDown = true
    const isStoreUsable = async (): Promise<void> =>
      isDown ? Promise.reject(new Failure('store_read_back_differs', { store: 'postgres:' })) : Promise.resolve()
    await backendWith({ isStoreUsable }, async (port) => {
      expect((await health(port)).status).toBe(503)
      isDown = false
      while ((await health(port)).status !== 200) await pause(50)
    })
  })
})

describe('gsa serve --log json', () => {
  test('logs one line for each request, with its id and outcome and without a code or a token', async ({
    gsa,
    google,
  }) => {
    const authCode = await google.createCode()
    let answer: RawAnswer | undefined
    const run = await serving(gsa, ['--log', 'json'], async ({ url, post }) => {
      answer = await post({ authCode }, { 'x-request-id': 'req-1' })
      await post({ authCode })
      await post({ authCode: '4/0ANoSuchCodeNoSuchCode' })
      await send(`${url}/4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOpAsDfGh?code=${authCode}`)
    })
    expect(run.exitCode).toBe(130)
    expect(answer?.headers['x-request-id']).toBe('req-1')
    expect(entriesOf(run.stderr).map(({ event }) => event)).toEqual([
      'start',
      'request',
      'request',
      'request',
      'request',
      'stopping',
      'stop',
      undefined,
    ])
    const [first, second, third, fourth] = requestsIn(run)
    expect(first).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      level: 'info',
      event: 'request',
      method: 'POST',
      path: '/authcode',
      status: 200,
      ms: expect.any(Number) as number,
      requestId: 'req-1',
      account: '110000000000000000001',
      outcome: 'redeemed',
      repeated: false,
    })
    expect(second).toMatchObject({ outcome: 'redeemed', repeated: true, account: '110000000000000000001' })
    expect(third).toMatchObject({ level: 'warn', status: 400, error: 'code_refused', codeState: 'unused' })
    expect(fourth).toMatchObject({ status: 404, error: 'request_path_unknown' })
    expect(entriesOf(run.stderr).at(-1)).toMatchObject({ error: { code: 'interrupted' } })
    expect(run.stderr).not.toContain(authCode)
    expect(run.stderr).not.toContain('ada@example.com')
    expect(secretShapes.test(run.stderr)).toBe(false)
  })

  test.for([
    ['with spaces', 'a b'],
    ['that is too long', 'a'.repeat(65)],
    ['that could be a token', 'ya29.a0AfB_byCq3xK9dPzJ7rTuQwErTyUiOp'],
    ['that would forge a member', '","level":"error'],
  ] as const)('replaces a request id %s by a random one, which the response has too', async ([, sent]) => {
    await withGsa(async (gsa) => {
      let id: unknown
      const run = await serving(gsa, ['--log=json'], async ({ url }) => {
        id = (await send(url, { headers: { 'x-request-id': sent } })).headers['x-request-id']
      })
      expect(id).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/)
      expect(requestsIn(run).map(({ requestId }) => requestId)).toEqual([id])
      expect(run.stderr).not.toContain(sent)
    })
  })

  test('writes nothing with --quiet but the final error document', async ({ gsa, google }) => {
    const run = await serving(gsa, ['--log', 'json', '--quiet'], async ({ post }) => {
      expect((await post({ authCode: await google.createCode() })).status).toBe(200)
    })
    expect(entriesOf(run.stderr)).toEqual([{ error: expect.objectContaining({ code: 'interrupted' }) as object }])
  })

  test.for([
    ['--log', 'json'],
    ['--drain', '1s'],
  ] as const)('is refused with --once, like --drain: %s %s', async ([flag, value]) => {
    await withGsa(async (gsa) => {
      const run = await gsa.run('serve', '--once', '--json', flag, value)
      expect([run.exitCode, run.error['code']]).toEqual([2, 'usage'])
    })
  })
})

describe('gsa serve --drain', () => {
  test('accepts codes while /healthz says that it stops, and then finishes', async ({ gsa, google }) => {
    const authCode = await google.createCode()
    let answers: Promise<readonly RawAnswer[]> | undefined
    const run = await inFastTime(async () =>
      gsa.run('serve', '--port', '0', '--log', 'json', '--drain', '2m', {
        interruptWhen: /"event":"start"/,
        whenShown: [
          /"event":"stopping"/,
          (screen) => {
            const url = /"url":"([^"]+)"/.exec(screen)?.[1] ?? ''
            answers = Promise.all([health(Number(new URL(url).port)), postCode(url, { authCode })])
          },
        ],
      }),
    )
    const [probed, posted] = (await answers) ?? []
    expect([probed?.status, probed?.body]).toEqual([503, '{"status":"stopping"}\n'])
    expect(posted?.status).toBe(200)
    expect(run.exitCode).toBe(130)
    expect(entriesOf(run.stderr).map(({ event }) => event)).toEqual(['start', 'stopping', 'request', 'stop', undefined])
    expect(entriesOf(run.stderr)[1]).toMatchObject({ drainMs: 120_000 })
    expect((await gsa.run('whoami')).stdout).toContain('ada@example.com')
  })

  test('keeps the log of a process that gets SIGTERM in JSON', async ({ gsa, google }) => {
    const argv = ['serve', '--port', '0', '--log', 'json', '--drain', '1s', '--client-secrets', gsa.webClient]
    const backend = startGsa([...argv, '--store', 'memory'], {
      env: {
        HOME: gsa.folder,
        GSA_CONFIG_DIR: join(gsa.folder, 'drained'),
        GSA_EMULATOR_HOST: new URL(google.issuer).host,
      },
    })
    await backend.says(/"event":"start"/)
    backend.signal('SIGTERM')
    const { exitCode, stderr } = await backend.ended
    expect(exitCode).toBe(130)
    expect(entriesOf(stderr).map(({ event }) => event)).toEqual(['start', 'stopping', 'stop', undefined])
  })

  test('says how long it still accepts codes', async ({ gsa, google }) => {
    const run = await serving(gsa, ['--drain', '1s'], async ({ post }) => {
      expect((await post({ authCode: await google.createCode() })).status).toBe(200)
    })
    expect(run.exitCode).toBe(130)
    expect(run.stderr).toMatch(/\d\d:\d\d:\d\d {2}Stopping in 1 second\. Until then, it accepts codes/)
  })
})

describe('gsa serve behind a load balancer', () => {
  const token = 'fleet-token-for-all-instances'

  test('accepts the token of --token-file at each instance, and shows only the path of the file', async ({
    gsa,
    google,
  }) => {
    const file = gsa.file('token', `${token}\n`)
    chmodSync(file, 0o600)
    for (const [args, env] of [
      [['--token-file', file], {}],
      [[], { GSA_SERVE_TOKEN_FILE: file }],
    ] as const) {
      const run = await serving(
        gsa,
        args,
        async ({ post, place }) => {
          expect(place).toMatchObject({ pairingToken: null, pairingTokenFile: file })
          const authCode = await google.createCode()
          for (const headers of [{}, { 'x-pairing-token': `${token}x` }])
            expect((await post({ authCode }, headers)).json).toMatchObject({ error: { code: 'pairing_token_refused' } })
          expect((await post({ authCode }, { 'x-pairing-token': token })).status).toBe(200)
        },
        { env },
      )
      expect(run.stdout + run.stderr).not.toContain(token)
    }
    const text = await gsa.run('serve', '--port', '0', '--token-file', file, { interruptWhen: /Ctrl-C to stop/ })
    expect(text.stdout).toContain(`-H "X-Pairing-Token: $(head -n 1 ${file})"`)
    expect(text.stdout).not.toContain(token)
  })

  test.for([
    ['that others can read', `${token}\n`, 0o644, 'file_invalid', '(mode 0644); run: chmod 600'],
    ['that others can write to', `${token}\n`, 0o620, 'file_invalid', '(mode 0620); run: chmod 600'],
    ['that is too short', 'fifteen-letters\n', 0o600, 'file_invalid', 'at least 16'],
    ['with a space in the token', 'a token with spaces in it\n', 0o600, 'file_invalid', 'without spaces'],
    ['that is empty', '', 0o600, 'file_invalid', 'at least 16'],
  ] as const)('does not start with a token file %s', async ([, content, mode, code, words]) => {
    await withGsa(async (gsa) => {
      const file = gsa.file('token', content)
      chmodSync(file, mode)
      const run = await gsa.run('serve', '--json', '--token-file', file)
      expect([run.exitCode, run.error['code']]).toEqual([2, code])
      expect(run.error['cause']).toContain(words)
      expect(run.stderr).not.toContain('fifteen-letters')
    })
  })

  test('does not start without the token file', async ({ gsa }) => {
    const run = await gsa.run('serve', '--json', { env: { GSA_SERVE_TOKEN_FILE: join(gsa.folder, 'nothing') } })
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unreadable'])
  })

  test("accepts a balancer's Host only if it is named, and then only with the token", async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const refused = await post({ authCode: await google.createCode() }, { host: 'codes.example.com' })
      expect([refused.status, refused.json]).toEqual([
        403,
        { error: expect.objectContaining({ code: 'request_host_foreign' }) as object },
      ])
    })
    const hosts = ['--allow-host', 'Codes.example.com', '--allow-host', '10.1.2.3', '--allow-host', '[FD00::1]']
    await serving(gsa, hosts, async ({ post, place }) => {
      const pairing = { 'x-pairing-token': place['pairingToken'] as string }
      const authCode = await google.createCode()
      for (const host of ['codes.example.com', 'codes.example.com:443', '10.1.2.3', '[fd00::1]:8790']) {
        expect((await post({ authCode }, { host })).json).toMatchObject({ error: { code: 'pairing_token_refused' } })
        expect([host, (await post({ authCode }, { host, ...pairing })).status]).toEqual([host, 200])
      }
      for (const host of ['example.com', 'x.codes.example.com', 'codes.example.com.evil.example', '10.1.2.4'])
        expect((await post({ authCode }, { host, ...pairing })).json).toMatchObject({
          error: { code: 'request_host_foreign' },
        })
      const foreign = await post({ authCode }, { host: '10.1.2.3', origin: 'https://codes.example.com', ...pairing })
      expect(foreign.json).toMatchObject({ error: { code: 'request_origin_foreign' } })
    })
    expect(tokenPosts(google)).toBe(1)
  })

  test.for(['https://codes.example.com', 'codes.example.com:443', '*', '*.example.com', 'a b', ''])(
    'does not start with --allow-host "%s"',
    async (host) => {
      await withGsa(async (gsa) => {
        const run = await gsa.run('serve', '--json', '--allow-host', host)
        expect([run.exitCode, run.error['code']]).toEqual([2, 'usage'])
      })
    },
  )

  test('leaves it to the balancer to close idle connections', async ({ gsa }) => {
    const keepAlive = async (port: number): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const sent = httpRequest({ port, path: '/healthz', headers: { connection: 'keep-alive' } }, (response) => {
          resolve(response.headers['keep-alive'])
          response.destroy()
        })
        sent.on('error', reject)
        sent.end()
      })
    const seen: unknown[] = []
    for (const args of [[], ['--allow-host', 'codes.example.com']])
      await serving(gsa, args, async ({ port }) => seen.push(await keepAlive(port)))
    expect(seen).toEqual(['timeout=5', 'timeout=620'])
  })
})
