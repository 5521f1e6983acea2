import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { type Gsa, type Run, type RunOptions, test, withGsa } from '../support/harness.ts'

/** Expects the output every user must get: one sentence of cause, one of fix, no stack trace, and nothing on stdout. */
function expectPlainWords(result: Run): void {
  expect(result.stdout).toBe('')
  expect(result.stderr).toMatch(/Error: \S.*\n {7}\S.*\n$/)
  expect(result.stderr).not.toMatch(/\n\s+at /)
}

const client = { client_id: '1-a.apps.googleusercontent.com', client_secret: 's3cret' }

interface Row {
  readonly what: string
  readonly args: (gsa: Gsa) => readonly (string | RunOptions)[]
  readonly exitCode: number
  readonly code: string
}

const rows: readonly Row[] = [
  { what: 'an unknown command', args: () => ['logni'], exitCode: 2, code: 'usage' },
  { what: 'an unknown flag', args: () => ['login', '--prot', '80'], exitCode: 2, code: 'usage' },
  { what: 'an unknown subcommand', args: () => ['drive', 'list-all'], exitCode: 2, code: 'usage' },
  { what: 'a group without a subcommand', args: () => ['drive'], exitCode: 2, code: 'usage' },
  { what: 'an extra argument', args: () => ['whoami', 'now'], exitCode: 2, code: 'usage' },
  { what: 'a flag without its value', args: () => ['refresh', '--account'], exitCode: 2, code: 'usage' },
  { what: 'an invalid port', args: () => ['login', '--port', '65536'], exitCode: 2, code: 'usage' },
  { what: 'a duration without a unit', args: () => ['login', '--timeout', '3'], exitCode: 2, code: 'usage' },
  { what: 'an unknown origin', args: () => ['exchange', 'x', '--from', 'windows'], exitCode: 2, code: 'usage' },
  { what: 'an unknown store', args: () => ['refresh', '--store', 'cupboard'], exitCode: 2, code: 'store_unknown' },
  {
    what: 'an issuer over http',
    args: () => ['login', '--issuer', 'http://idp.example'],
    exitCode: 2,
    code: 'url_not_allowed',
  },
  {
    what: 'an emulator elsewhere',
    args: () => ['login', { env: { GSA_EMULATOR_HOST: '192.0.2.1:9077' } }],
    exitCode: 2,
    code: 'url_not_allowed',
  },
  {
    what: 'no client secrets file',
    args: () => ['login', { env: { GSA_CLIENT_SECRETS: undefined } }],
    exitCode: 2,
    code: 'client_secrets_missing',
  },
  {
    what: 'a missing client secrets file',
    args: () => ['login', '--client-secrets', '/nonexistent.json'],
    exitCode: 2,
    code: 'client_secrets_unreadable',
  },
  {
    what: 'a folder for a client secrets file',
    args: (gsa) => ['login', '--client-secrets', gsa.folder],
    exitCode: 2,
    code: 'client_secrets_unreadable',
  },
  {
    what: 'a truncated client secrets file',
    args: (gsa) => ['login', '--client-secrets', gsa.file('c', '{"web":{"client_id":"1')],
    exitCode: 2,
    code: 'client_secrets_invalid',
  },
  {
    what: 'a service account key',
    args: (gsa) => ['login', '--client-secrets', gsa.file('c', '{"type":"service_account"}')],
    exitCode: 2,
    code: 'client_secrets_wrong_kind',
  },
  {
    what: "a desktop client for an Android app's code",
    args: (gsa) => ['exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQ', '--client-secrets', gsa.desktopClient],
    exitCode: 2,
    code: 'client_type_unsuitable',
  },
  {
    what: 'a file with endpoints elsewhere',
    args: (gsa) => [
      'login',
      '--client-secrets',
      gsa.file('c', JSON.stringify({ web: { ...client, token_uri: 'https://evil.example' } })),
      { env: { GSA_EMULATOR_HOST: undefined } },
    ],
    exitCode: 2,
    code: 'client_secrets_foreign_endpoint',
  },
  { what: 'an empty code', args: () => ['exchange', '-', { stdin: '' }], exitCode: 2, code: 'code_missing' },
  { what: 'no code at all in a script', args: () => ['exchange'], exitCode: 2, code: 'code_missing' },
  { what: 'the word null', args: () => ['exchange', 'null'], exitCode: 2, code: 'code_missing' },
  { what: 'a placeholder', args: () => ['exchange', '<authorization code>'], exitCode: 2, code: 'code_malformed' },
  { what: 'a truncated code', args: () => ['exchange', '4/0AVMB'], exitCode: 2, code: 'code_malformed' },
  {
    what: 'a code whose redirect URI is not given',
    args: () => ['exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQ', '--from', 'web'],
    exitCode: 2,
    code: 'redirect_uri_needed',
  },
  {
    what: 'an invalid code verifier file',
    args: (gsa) => ['exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQ', '--code-verifier-file', gsa.file('v', 'short')],
    exitCode: 2,
    code: 'file_invalid',
  },
  {
    what: 'a redirect URI for a code that has none',
    args: () => [
      'exchange',
      '4/0AVMBsJhXk3_9dPzJ7rT-uQ',
      '--from',
      'ios',
      '--redirect-uri',
      'https://app.example.com/cb',
    ],
    exitCode: 2,
    code: 'usage',
  },
  ...[
    [
      'the address that the browser ended on',
      'http://localhost:8080/cb?state=x&code=4/0AVMBsJhXk3_9dPzJ7rT-uQ',
      'secret_misplaced',
    ],
    ["one with another server's code", 'https://app.example.com/cb?code=abc', 'redirect_uri_invalid'],
    ['one with a state', 'https://app.example.com/cb?state=abc', 'redirect_uri_invalid'],
    ['one with an error', 'https://app.example.com/cb?error=access_denied', 'redirect_uri_invalid'],
    ['one with a fragment', 'https://app.example.com/cb#x', 'redirect_uri_invalid'],
    ['one with a password', 'https://ada:pw@app.example.com/cb', 'redirect_uri_invalid'],
    ['a word', 'callback', 'redirect_uri_invalid'],
  ].map(([what = '', uri = '', code = '']): Row => ({
    what: `a redirect URI that is ${what}`,
    args: () => ['exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQ', '--from', 'web', '--redirect-uri', uri],
    exitCode: 2,
    code,
  })),
  {
    what: 'a login hint that looks like a code verifier',
    args: () => ['login', '--login-hint', 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'],
    exitCode: 2,
    code: 'usage',
  },
  {
    what: 'far too much on standard input',
    args: () => ['exchange', '-', { stdin: 'a'.repeat(300_000) }],
    exitCode: 2,
    code: 'input_too_long',
  },
  {
    what: "a timeout beyond a timer's limit",
    args: () => ['login', '--timeout', '25d'],
    exitCode: 2,
    code: 'usage',
  },
  {
    what: 'a login while GSA_REFRESH_TOKEN is set',
    args: (gsa) => ['login', '--client-secrets', gsa.desktopClient, { env: { GSA_REFRESH_TOKEN: 'x' } }],
    exitCode: 2,
    code: 'store_not_for_environment_token',
  },
  {
    what: 'a logout while GSA_REFRESH_TOKEN is set',
    args: () => ['logout', { env: { GSA_REFRESH_TOKEN: 'x' } }],
    exitCode: 2,
    code: 'store_not_for_environment_token',
  },
  {
    what: 'a redirect URL with an error',
    args: () => ['exchange', 'https://app.example.com/cb?error=access_denied'],
    exitCode: 4,
    code: 'consent_denied',
  },
  {
    what: 'a configuration folder that is a file',
    args: (gsa) => [
      'login',
      '--client-secrets',
      gsa.desktopClient,
      { env: { GSA_STORE: 'keychain', GSA_CONFIG_DIR: gsa.file('f', '') } },
    ],
    exitCode: 7,
    code: 'config_unusable',
  },
  {
    what: 'an unreachable server',
    args: () => ['login', { env: { GSA_EMULATOR_HOST: '127.0.0.1:9' } }],
    exitCode: 3,
    code: 'unreachable',
  },
  { what: 'an unconfirmed deletion', args: () => ['drive', 'rm', 'x'], exitCode: 2, code: 'answer_needed' },
]

describe('bad input gets its exit code and two sentences, and uses up no code:', () => {
  test.each(rows)('$what', async ({ args, exitCode, code }) => {
    await withGsa(async (gsa, google) => {
      const plain = await gsa.run(...args(gsa))
      expectPlainWords(plain)
      expect(plain.exitCode).toBe(exitCode)
      const json = await gsa.run(...args(gsa), '--json')
      expect(json.stdout).toBe('')
      expect(json.error).toMatchObject({
        code,
        exitCode,
        cause: expect.any(String) as string,
        fix: expect.any(String) as string,
      })
      expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
      expect(gsa.memory.size).toBe(0)
    })
  })
})

describe('does not repeat what was given by mistake:', () => {
  test.each([
    ['the value of an unknown option', ['login', '--password=hunter2'], {}, 'hunter2'],
    ['the value of an unknown short option', ['login', '-phunter2'], {}, 'hunter2'],
    [
      'a passphrase in place of the file that holds it',
      ['exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQ'],
      { GSA_STORE_PASSPHRASE_FILE: 'correct horse battery staple' },
      'horse',
    ],
    ["a server's password", ['login', '--issuer', 'https://ada:sesame@idp.example'], {}, 'sesame'],
    ["an emulator's password", ['whoami'], { GSA_EMULATOR_HOST: 'ada:sesame@127.0.0.1:9077' }, 'sesame'],
  ])('%s', async (_, args, env, secret) => {
    await withGsa(async (gsa) => {
      for (const flags of [[], ['--json', '--debug']]) {
        const result = await gsa.run(...args, ...flags, { env: { GSA_STORE: `file:${gsa.folder}/s/s.age`, ...env } })
        expect(result.exitCode).toBe(2)
        expect(result.stdout + result.stderr).not.toContain(secret)
      }
    })
  })

  test('says in the fix where it belongs', async ({ gsa }) => {
    const misplaced = async (...args: readonly string[]): Promise<string> => (await gsa.run(...args)).stderr
    expect(await misplaced('whoami', '--account', '1//0gAbCdEfGhIjKlMnOp')).toContain('set GSA_REFRESH_TOKEN')
    expect(await misplaced('exchange', '--from', 'web', '--redirect-uri', '4/0AVMBsJhXk3_9dPzJ7rT-uQ')).toContain(
      'gsa exchange -',
    )
    expect(await misplaced('login', '--client-secrets', 'GOCSPX-AbCdEfGhIjKl')).toContain('client_secret_*.json')
  })
})

describe('a secret pasted by mistake', () => {
  test.each([
    ['a redirect URL of the implicit flow', 'http://localhost/#access_token=ya29.SECRETSECRETSECRET&state=x'],
    ['a query with a refresh token', 'state=&refresh_token=1//0SECRETSECRETSECRET'],
    ['a refresh token', '1//0SECRETSECRETSECRET'],
  ])('is not shown again: %s', async (_, pasted) => {
    await withGsa(async (gsa) => {
      const result = await gsa.run('exchange', '-', '--json', { stdin: pasted })
      expect(result.exitCode).toBe(2)
      expect(result.stderr).not.toContain('SECRET')
    })
  })
})

describe('a code that the server rejects', () => {
  const refusals: readonly {
    what: string
    code: string
    run: (gsa: Gsa, createCode: (o?: object) => Promise<string>, google: Emulator) => Promise<Run>
  }[] = [
    {
      what: 'because it was used',
      code: 'code_refused',
      run: async (gsa, createCode) => {
        const code = await createCode()
        // From another machine.
        await gsa.run('exchange', '-', { stdin: code, env: { GSA_CONFIG_DIR: join(gsa.folder, 'elsewhere') } })
        gsa.memory.clear()
        return gsa.run('exchange', '-', '--json', { stdin: code })
      },
    },
    {
      what: 'because it never existed',
      code: 'code_refused',
      run: (gsa) => gsa.run('exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOp', '--json'),
    },
    {
      what: 'because it belongs to another client',
      code: 'code_refused',
      run: async (gsa, createCode, google) => {
        const added = {
          type: 'web',
          clientId: '100000000002-other.apps.googleusercontent.com',
          clientSecret: 'GOCSPX-other',
        }
        await configure(google, 'POST clients', added)
        return gsa.run('exchange', '-', '--json', { stdin: await createCode({ clientId: added.clientId }) })
      },
    },
    {
      what: 'because of the redirect URI',
      code: 'redirect_uri_mismatch',
      run: async (gsa, createCode) =>
        gsa.run('exchange', '-', '--json', '--from', 'web-popup', { stdin: await createCode() }),
    },
    {
      what: 'because of an unexpected code verifier',
      code: 'code_verifier_refused',
      run: async (gsa, createCode) =>
        gsa.run('exchange', '-', '--json', '--code-verifier-file', gsa.file('v', 'v'.repeat(43)), {
          stdin: await createCode(),
        }),
    },
    {
      what: 'because of the client secret',
      code: 'client_refused',
      run: async (gsa, createCode) => {
        const wrong = gsa.file(
          'wrong.json',
          JSON.stringify({
            web: { client_id: '100000000001-web.apps.googleusercontent.com', client_secret: 'GOCSPX-wrong' },
          }),
        )
        return gsa.run('exchange', '-', '--json', '--client-secrets', wrong, { stdin: await createCode() })
      },
    },
    {
      what: 'because of the client id',
      code: 'client_refused',
      run: async (gsa, createCode) =>
        gsa.run('exchange', '-', '--json', '--client-secrets', gsa.file('c', JSON.stringify({ web: client })), {
          stdin: await createCode(),
        }),
    },
  ]

  test.each(refusals)('$what, exits with 5 and stores nothing', async ({ code, run }) => {
    await withGsa(async (gsa, google) => {
      const result = await run(gsa, (options) => google.createCode(options), google)
      expect(result.exitCode).toBe(5)
      expect(result.error['code']).toBe(code)
    })
  })
})

describe('Ctrl-C exits with 130 and leaves nothing behind', () => {
  test('at the prompt for the code', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', { typing: [[/Authorization code/, '\u0003']] })
    expect(result.exitCode).toBe(130)
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })

  test('at the question whether to store an account', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', await google.createCode(), { typing: [[/Store it\?/, '\u0003']] })
    expect(result.exitCode).toBe(130)
    expect(result.stderr).toContain('after the code was used')
    expect(gsa.memory.size).toBe(0)
  })

  test('while waiting for standard input', async ({ gsa }) => {
    const result = await gsa.run('exchange', '-', { stdin: 'never-ending', interruptWhen: /^/ })
    expect(result.exitCode).toBe(130)
    expect(gsa.memory.size).toBe(0)
  })

  test('while waiting for the server', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const before = new Map(gsa.memory)
    google.arm({ on: 'token', fault: 'hang' })
    const result = await gsa.run('refresh', '--debug', { interruptWhen: /> POST .*\/token/ })
    expect(result.exitCode).toBe(130)
    expect(new Map(gsa.memory)).toEqual(before)
  })

  test('but still stores the tokens of a code that was already sent', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--debug', {
      stdin: await google.createCode(),
      interruptWhen: /> POST .*\/token/,
    })
    expect(result.exitCode).toBe(0)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('but lets a refresh that replaces the token finish', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    google.arm({ on: 'token', fault: 'rotate-refresh-token', times: 10 })
    await gsa.run('refresh')
    const interrupted = await gsa.run('refresh', '--debug', '--json', { interruptWhen: /> POST .*\/token/ })
    expect(interrupted.json).toMatchObject({ refreshToken: { stored: true, rotated: true } })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('at the question before revoking', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const result = await gsa.run('revoke', { typing: [[/Revoke access/, '\u0003']] })
    expect(result.exitCode).toBe(130)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })
})
