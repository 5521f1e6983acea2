import { stripVTControlCharacters } from 'node:util'
import { decodeQR } from 'qr/decode.js'
import { describe, expect, test, vi } from 'vitest'
import { answerDevice, type Emulator } from '../../src/emulator/index.ts'
import { inFastTime } from '../support/fast-time.ts'
import { type Gsa, type Run, type RunOptions, withGsa } from '../support/harness.ts'

/** Wraps a test in fast time, which makes half an hour short. */
const fast = (use: (gsa: Gsa, google: Emulator) => Promise<void>) => async (): Promise<void> =>
  inFastTime(async () => withGsa(use))

/** Starts `gsa login --device --json` with a limited-input client. */
const loginDevice = (gsa: Gsa, ...args: readonly (string | RunOptions)[]): Promise<Run> =>
  gsa.run('login', '--device', '--json', '--client-secrets', gsa.tvClient, ...args)

type Request = ReturnType<Emulator['requests']>[number]
const requestsTo = (google: Emulator, path: string): Request[] =>
  google.requests().filter((request) => request.path === path)

/** Returns the seconds between polls, the first counted from the device authorization request. */
function pauses(google: Emulator): number[] {
  const times = [...requestsTo(google, '/device/code').slice(-1), ...requestsTo(google, '/token')].map(({ time }) =>
    Date.parse(time),
  )
  return times.slice(1).map((time, at) => (time - times[at]!) / 1000)
}

/** Expects intervals of at least so many seconds; requests take extra time, and more than usual in fast time. */
const about = (...seconds: readonly number[]): unknown[] =>
  seconds.map((least) => expect.toSatisfy((pause: number) => pause >= least && pause < least + 4.5) as unknown)

/** Waits until the device has polled so often. */
async function polled(google: Emulator, times: number): Promise<void> {
  while (requestsTo(google, '/token').length < times) await new Promise((resolve) => setTimeout(resolve, 200))
}

describe('gsa login --device', () => {
  test(
    'shows an address and a code, and stores the tokens once the code is approved',
    fast(async (gsa, google) => {
      const result = await loginDevice(gsa, { device: { account: 'grace@corp.example' } })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(result.stderr).toMatch(
        /^Open this address in a browser on any device:\n\n {2}http:\/\/127\.0\.0\.1:\d+\/device\n/,
      )
      expect(result.stderr).toMatch(/enter this code within 30 minutes:\n\n {2}[A-Z]{4}-[A-Z]{4}\n/)
      expect(result.json).toMatchObject({
        account: { email: 'grace@corp.example' },
        clientId: '100000000001-tv.apps.googleusercontent.com',
        scopes: { missing: [] },
        refreshToken: { received: true, stored: true },
        idToken: { verified: true },
        // No PKCE: no code of this flow passes through a browser.
        warnings: [],
      })
      const refreshed = await gsa.run('refresh', { env: { GSA_CLIENT_SECRETS: undefined } })
      expect(refreshed.exitCode).toBe(0)
      expect(requestsTo(google, '/o/oauth2/v2/auth')).toEqual([])
    }),
  )

  test(
    'requests a code with only client id and scopes, and polls with the client secret',
    fast(async (gsa, google) => {
      await loginDevice(gsa, '--no-browser', '--scope', 'openid', '--scope', 'drive.appfolder', { device: {} })
      expect(requestsTo(google, '/device/code').map(({ form }) => form)).toEqual([
        {
          client_id: '100000000001-tv.apps.googleusercontent.com',
          scope: 'openid https://www.googleapis.com/auth/drive.appdata',
        },
      ])
      expect(requestsTo(google, '/token').map(({ form }) => form)).toEqual([
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: expect.stringMatching(/^sha256:/),
          client_id: '100000000001-tv.apps.googleusercontent.com',
          client_secret: expect.stringMatching(/^sha256:/),
        },
      ])
    }),
  )

  test(
    'says in text output who is logged in, and prints the tokens only when asked',
    fast(async (gsa) => {
      const args = ['login', '--device', '--client-secrets', gsa.tvClient]
      const quiet = await gsa.run(...args, { device: {} })
      expect(quiet.stdout).toMatch(/^Logged in as ada@example\.com\n/)
      const shown = await gsa.run(...args, '--show-tokens', { device: {}, printsSecrets: true })
      expect(shown.stdout).toMatch(/refresh_token +1\/\/0/)
    }),
  )

  test(
    'warns of unticked scopes, and names the command that requests them again',
    fast(async (gsa) => {
      const result = await loginDevice(gsa, { device: { scopes: ['openid', 'email'] } })
      expect(result.json['warnings']).toEqual([
        expect.objectContaining({ code: 'scopes_missing', fix: expect.stringMatching(/: gsa login --device$/) }),
      ])
    }),
  )

  test(
    'stores nothing for an account other than the expected one',
    fast(async (gsa) => {
      const result = await loginDevice(gsa, '--expect-email', 'grace@corp.example', { device: {} })
      expect(result.exitCode).toBe(6)
      expect(result.error['code']).toBe('account_unexpected')
      expect(gsa.memory.size).toBe(0)
    }),
  )

  test(
    "accepts the address under the RFC's name, and never one with the code filled in",
    fast(async (gsa, google) => {
      google.arm({ on: 'device', fault: 'verification-uri' })
      const result = await loginDevice(gsa, { device: {} })
      expect(result.exitCode).toBe(0)
      expect(result.stderr).toContain(`  ${google.issuer}/device\n`)
      expect(result.stderr).not.toContain('user_code')
    }),
  )

  test(
    "shows the server's response with --debug, without the device code",
    fast(async (gsa) => {
      const args = ['login', '--device', '--debug', '--no-color', '--client-secrets', gsa.tvClient]
      const { stderr } = await gsa.run(...args, { device: {} })
      for (const line of ['expires_in: 1800', 'interval: 5', 'verification_url: http://'])
        expect(stderr).toContain(`<   ${line}`)
      expect(stderr).toMatch(/^< {3}device_code: \[device code, \d+ characters\]$/m)
      expect(stderr).toMatch(/^> {3}device_code=\[device code, \d+ characters\]$/m)
    }),
  )

  test.each([['--port', '8085'], ['--login-hint', 'ada@example.com'], ['--force-consent'], ['--browser', 'firefox']])(
    'cannot be combined with %s',
    async (...flags) => {
      await withGsa(async (gsa, google) => {
        const result = await loginDevice(gsa, ...flags)
        expect(result.exitCode).toBe(2)
        expect(result.error['code']).toBe('usage')
        expect(result.error['message']).toContain('--device')
        expect(result.error['message']).toContain(flags[0])
        expect(google.requests()).toEqual([])
      })
    },
  )
})

describe('gsa login --device on a terminal', () => {
  const onTerminal = (gsa: Gsa, ...args: readonly (string | RunOptions)[]): Promise<Run> =>
    gsa.run('login', '--device', '--client-secrets', gsa.tvClient, ...args)

  test(
    'shows a QR code of the address alone, black on white, and the time left',
    fast(async (gsa, google) => {
      const result = await onTerminal(gsa, { device: {}, typing: [] })
      expect(scanned(result.stderr)).toBe(`${google.issuer}/device`)
      const blackOnWhite = '\u001b[30m\u001b[107m'
      expect(result.stderr).toContain(`  ${blackOnWhite}`)
      expect(result.stderr).toContain('Waiting for approval, 30 minutes left. Press Ctrl-C to cancel.')
    }),
  )

  test.each([
    ['with --no-color', ['--no-color'], {}],
    ['with NO_COLOR', [], { NO_COLOR: '1' }],
    ['with --quiet', ['--quiet'], {}],
    ['with --json', ['--json'], {}],
    ['on a dumb terminal', [], { TERM: 'dumb' }],
  ])('shows no QR code %s', async (_, flags, env) => {
    await fast(async (gsa, google) => {
      const result = await onTerminal(gsa, ...flags, { device: {}, typing: [], env })
      expect(result.exitCode).toBe(0)
      expect(result.stderr).not.toMatch(/[█▀▄]/)
      expect(result.stderr).toContain(`${google.issuer}/device`)
      expect(stripVTControlCharacters(result.stderr)).toMatch(/^ {2}[A-Z]{4}-[A-Z]{4}$/m)
    })()
  })
})

describe('the polls of gsa login --device', () => {
  test(
    'come no faster than told, and permanently slower after slow_down',
    fast(async (gsa, google) => {
      google.arm({ on: 'token', fault: 'slow-down', after: 1, times: 2 })
      const result = await loginDevice(gsa, {
        device: async (code) => {
          await polled(google, 4)
          await answerDevice(google.issuer, code)
        },
      })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(pauses(google)).toEqual(about(5, 5, 10, 15, 15))
    }),
  )

  test.each([
    ['its own interval', { fault: 'other-interval', seconds: 12 }, 12],
    ['no interval, which means five seconds', { fault: 'no-interval' }, 5],
    ['an interval of zero, which would be no pause at all', { fault: 'other-interval', seconds: 0 }, 1],
  ])('keep to %s', async (_, fault, seconds) => {
    await fast(async (gsa, google) => {
      google.arm({ on: 'device', ...fault })
      await loginDevice(gsa, {
        device: async (code) => {
          await polled(google, 2)
          await answerDevice(google.issuer, code)
        },
      })
      expect(pauses(google)).toEqual(about(seconds, seconds, seconds))
    })()
  })

  test.each([
    ['is cut off', 'reset', 'The connection was reset'],
    ['ends in 503', 'http-503', 'responded with HTTP status 503'],
    ['ends at a captive portal', 'html-error', 'sent an unusable response'],
  ])('go on when one %s, after a pause that doubles', async (_, fault, said) => {
    await fast(async (gsa, google) => {
      google.arm({ on: 'token', fault, after: 1, times: 3 })
      const result = await gsa.run('login', '--device', '--client-secrets', gsa.tvClient, {
        device: async (code) => {
          await polled(google, 5)
          await answerDevice(google.issuer, code)
        },
      })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(pauses(google)).toEqual(about(5, 5, 10, 20, 40, 5))
      expect(result.stderr.toLowerCase()).toContain(said.toLowerCase())
      expect(result.stderr).toContain('Retrying in 20 seconds.')
    })()
  })

  test(
    'continue when one gets no response in time',
    fast(async (gsa, google) => {
      google.arm({ on: 'token', fault: 'hang' })
      const result = await loginDevice(gsa, { device: {} })
      expect(result.exitCode, result.stderr).toBe(0)
      // Half a minute waiting for the response, starting before the request arrived, and twice the interval.
      expect(pauses(google)).toEqual(about(5, 39))
    }),
  )

  test(
    'say that the code is used up if the tokens were lost on the way',
    fast(async (gsa, google) => {
      google.arm({ on: 'token', fault: 'lost-answer' })
      const result = await loginDevice(gsa, { device: {} })
      expect(result.exitCode).toBe(3)
      expect(result.error['code']).toBe('code_fate_unknown')
      expect(gsa.memory.size).toBe(0)
    }),
  )

  test(
    'stop when nothing is reachable until the code expires',
    fast(async (gsa, google) => {
      google.arm({ on: 'device', fault: 'other-lifetime', seconds: 60 })
      google.arm({ on: 'token', fault: 'reset', times: 99 })
      const result = await loginDevice(gsa)
      expect(result.exitCode).toBe(3)
      expect(result.error['code']).toBe('unreachable')
    }),
  )

  test(
    "stop when the code expires by this machine's clock",
    fast(async (gsa, google) => {
      google.arm({ on: 'device', fault: 'other-lifetime', seconds: 23 })
      const result = await loginDevice(gsa)
      expect(result.exitCode).toBe(4)
      expect(result.error).toMatchObject({ code: 'device_code_expired', details: { seconds: 23 } })
      expect(pauses(google)).toEqual(about(5, 5, 5, 5))
    }),
  )

  test(
    'stop when the server says that the code has expired',
    fast(async (gsa, google) => {
      const result = await loginDevice(gsa, {
        device: async () => {
          await polled(google, 1)
          google.advanceClock('30m')
        },
      })
      expect(result.exitCode).toBe(4)
      expect(result.error['code']).toBe('device_code_expired')
      expect(requestsTo(google, '/token')).toHaveLength(2)
    }),
  )

  test(
    'end when the code expires, although --timeout is longer',
    fast(async (gsa, google) => {
      google.arm({ on: 'device', fault: 'other-lifetime', seconds: 23 })
      const result = await loginDevice(gsa, '--timeout', '1m')
      expect(result.exitCode).toBe(4)
      expect(result.error).toMatchObject({ code: 'device_code_expired', details: { seconds: 23 } })
    }),
  )

  test(
    'stop after --timeout, which may be shorter',
    fast(async (gsa, google) => {
      const result = await loginDevice(gsa, '--timeout', '12s')
      expect(result.exitCode).toBe(4)
      expect(result.error).toMatchObject({ code: 'device_login_timed_out', details: { seconds: 12 } })
      expect(result.stderr).toContain('within 12 seconds:')
      expect(pauses(google)).toEqual(about(5, 5))
    }),
  )
})

describe('gsa login --device, when refused', () => {
  test(
    'by the user, exits with 4',
    fast(async (gsa) => {
      const result = await loginDevice(gsa, { device: { decision: 'deny' } })
      expect(result.exitCode).toBe(4)
      expect(result.error['code']).toBe('consent_denied')
      expect(gsa.memory.size).toBe(0)
    }),
  )

  test.each([
    ['an administrator', 'admin-policy', 5, 'authorization_refused', /Ask your Workspace administrator/],
    ['an organisation', 'org-internal', 5, 'authorization_refused', /set the user type to "External"/],
    [
      'a server that knows no such code',
      'device-code-used',
      4,
      'device_code_refused',
      /Get a new code: gsa login --device/,
    ],
    ['a client that was deleted', 'deleted-client', 5, 'client_refused', /Restore the client/],
    ['a wrong client secret', 'invalid-client-secret', 5, 'client_refused', /download the JSON immediately/],
  ])('because of %s, stops waiting', async (_, fault, exitCode, code, fix) => {
    await fast(async (gsa, google) => {
      google.arm({ on: 'token', fault })
      const result = await loginDevice(gsa)
      expect(result.exitCode).toBe(exitCode)
      expect(result.error).toMatchObject({ code, fix: expect.stringMatching(fix) })
      expect(requestsTo(google, '/token')).toHaveLength(1)
    })()
  })

  test('for a web client, fails before sending anything', async () => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('login', '--device', '--json')
      expect(result.exitCode).toBe(2)
      expect(result.error).toMatchObject({
        code: 'client_type_unsuitable',
        details: { type: 'web', needed: '"TVs and Limited Input devices"' },
      })
      expect(google.requests()).toEqual([])
    })
  })

  test('for a desktop client, whose file looks the same, says which type to create', async () => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('login', '--device', '--json', '--client-secrets', gsa.desktopClient)
      expect(result.exitCode).toBe(5)
      expect(result.error['code']).toBe('client_type_refused')
      expect(result.error['fix']).toContain('"TVs and Limited Input devices"')
      expect(requestsTo(google, '/token')).toEqual([])
    })
  })

  test('for a scope, lists those that a device may request', async () => {
    await withGsa(async (gsa) => {
      const result = await loginDevice(gsa, '--scope', 'openid', '--scope', 'drive.readonly')
      expect(result.exitCode).toBe(5)
      expect(result.error['code']).toBe('device_scope_refused')
      expect(result.error['cause']).toContain('https://www.googleapis.com/auth/drive.readonly')
      for (const scope of 'email openid profile drive.appdata drive.file youtube youtube.readonly'.split(' '))
        expect(result.error['fix']).toContain(scope)
    })
  })

  test('for one code too many, reports a rate limit', async () => {
    await withGsa(async (gsa, google) => {
      google.arm({ on: 'device', fault: 'device-quota' })
      const result = await loginDevice(gsa)
      expect(result.exitCode).toBe(3)
      expect(result.error).toMatchObject({ code: 'rate_limited', details: { reason: 'rate_limit_exceeded' } })
      expect(requestsTo(google, '/device/code')).toHaveLength(1)
    })
  })

  test('for a response without an address, stores nothing and does not poll', async () => {
    await withGsa(async (gsa, google) => {
      google.arm({ on: 'device', fault: 'no-verification-address' })
      const result = await loginDevice(gsa)
      expect(result.exitCode).toBe(3)
      expect(result.error['code']).toBe('invalid_answer')
      expect(requestsTo(google, '/token')).toEqual([])
    })
  })
})

describe('an unusable store, or keys that cannot be fetched,', () => {
  test('keep gsa login --device from requesting a code', async () => {
    await withGsa(async (gsa, google) => {
      const broken = await loginDevice(gsa, { env: { GSA_STORE: 'helper:is-not-here' } })
      expect(broken.exitCode).toBe(7)
      google.arm({ on: 'certs', fault: 'wrong-content-type' })
      const keyless = await loginDevice(gsa)
      expect(keyless.exitCode).toBe(3)
      expect(requestsTo(google, '/device/code')).toEqual([])
    })
  })

  test(
    'exit with 7 after the approval, and name the command that gets another token',
    fast(async (gsa) => {
      losingMemory(gsa)
      const result = await loginDevice(gsa, { device: {} })
      expect(result.exitCode).toBe(7)
      expect(result.error['code']).toBe('not_stored_after_exchange')
      expect(result.error['fix']).toContain('gsa login --device')
    }),
  )

  test(
    'leave the choice to the user at the terminal after the approval',
    fast(async (gsa) => {
      losingMemory(gsa)
      const result = await gsa.run('login', '--device', '--client-secrets', gsa.tvClient, {
        device: {},
        typing: [[/What do you want to do\?/, '\r']],
        // Somebody reads that for a while.
        whenShown: [/could not be stored/, () => vi.advanceTimersByTime(5000)],
      })
      expect(result.exitCode, result.stderr).toBe(0)
      // The countdown must not draw over the question.
      expect(result.stderr.split('could not be stored')[1]).not.toContain('Waiting for approval')
      expect((await gsa.run('refresh')).exitCode).toBe(0)
    }),
  )
})

/** Installs a memory store that loses the first credential: it returns something other than what was written. */
function losingMemory(gsa: Gsa): void {
  const write = gsa.memory.set.bind(gsa.memory)
  let isLost = false
  gsa.memory.set = (key, value) => {
    if (isLost || !key.startsWith('credential ')) return write(key, value)
    isLost = true
    return write(key, 'damaged')
  }
}

describe('Ctrl-C during gsa login --device', () => {
  test('between two polls stops immediately, and nothing is stored', async () => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('login', '--device', '--client-secrets', gsa.tvClient, {
        interruptWhen: /[A-Z]{4}-[A-Z]{4}\n/,
      })
      expect(result.exitCode).toBe(130)
      expect(result.stderr).toMatch(/\nInterrupted\.\n$/)
      expect(requestsTo(google, '/token')).toEqual([])
      expect(gsa.memory.size).toBe(0)
    })
  })

  test(
    'during a poll waits for its response, and stores the tokens',
    fast(async (gsa, google) => {
      google.arm({ on: 'token', fault: 'slow', seconds: 3 })
      const result = await gsa.run('login', '--device', '--debug', '--client-secrets', gsa.tvClient, {
        device: {},
        interruptWhen: /> POST \S+\/token/,
      })
      expect(result.exitCode, result.stderr).toBe(0)
      expect((await gsa.run('refresh')).exitCode).toBe(0)
    }),
  )

  test(
    'during a poll that says to wait stops after it',
    fast(async (gsa, google) => {
      const result = await gsa.run('login', '--device', '--debug', '--client-secrets', gsa.tvClient, {
        interruptWhen: /> POST \S+\/token/,
      })
      expect(result.exitCode).toBe(130)
      expect(requestsTo(google, '/token').map(({ status }) => status)).toEqual([428])
    }),
  )
})

/** Reads the QR code on a screen as a phone does: dark blocks on a white background. */
function scanned(screen: string): string {
  const lines = [...stripVTControlCharacters(screen).matchAll(/^ {2}([ █▀▄]{29,})$/gm)].map(([, line = '']) => line)
  const rows = lines.flatMap((line) => ['█▀', '█▄'].map((dark) => Array.from(line, (block) => dark.includes(block))))
  const [scale, width, height] = [4, rows[0]?.length ?? 0, rows.length]
  const data = new Uint8Array(width * scale * height * scale * 4).fill(255)
  for (let y = 0; y < height * scale; y++)
    for (let x = 0; x < width * scale; x++)
      if (rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true)
        data.fill(0, (y * width * scale + x) * 4, (y * width * scale + x) * 4 + 3)
  return decodeQR({ width: width * scale, height: height * scale, data })
}
