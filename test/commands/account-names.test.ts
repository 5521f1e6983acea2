import { describe, expect } from 'vitest'
import { storedNames } from '../../src/accounts/stored-names.ts'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { control } from '../emulator/raw-http.ts'
import { type Gsa, type Run, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

const ada = 'ada@example.com'
const grace = 'grace@corp.example'
const [web, desktop] = ['100000000001-web', '100000000001-desktop']
const noClient = { GSA_CLIENT_SECRETS: undefined }

/** Logs one user in with two clients, as in the first two examples of the README. */
async function twoClients(gsa: Gsa, google: Emulator, env: Record<string, string> = {}): Promise<void> {
  const exchange = await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }), env })
  expect(exchange.exitCode, exchange.stderr).toBe(0)
  const client = ['--client-secrets', gsa.desktopClient]
  const login = await gsa.run('login', '--no-browser', ...client, { browser: {}, env })
  expect(login.exitCode, login.stderr).toBe(0)
}

/** Splits the commands that a failure lists into arguments, as a shell does. */
const listedCommands = ({ stderr }: Run): string[][] =>
  [...stderr.matchAll(/^ {9}gsa (.+)$/gm)].map(([, words = '']) => words.split(' '))

describe('an account with two clients', () => {
  test('is chosen with the commands that the failure lists, one per line', async ({ gsa, google }) => {
    await twoClients(gsa, google)
    const refused = await gsa.run('refresh', { env: noClient })
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toBe(
      'Error: Several accounts are stored, and none of them is the default.\n' +
        '       Set the default account with one of these commands, or name one for this command only with --account:\n' +
        `         gsa accounts use ${ada}/${web}\n` +
        `         gsa accounts use ${ada}/${desktop}\n`,
    )
    for (const [at, command] of listedCommands(refused).entries()) {
      expect((await gsa.run(...command, { env: noClient })).exitCode).toBe(0)
      const { json } = await gsa.run('whoami', '--json', { env: noClient })
      expect(json['clientId']).toBe(`${[web, desktop][at]}.apps.googleusercontent.com`)
    }
  })

  test.for([
    [`${ada}/${desktop}`],
    [`ADA@example.com/${desktop}.apps.googleusercontent.com`],
    [`110000000000000000001/${desktop}`],
  ])('is named by --account and GSA_ACCOUNT as %s', async ([name = ''], { gsa, google }) => {
    await twoClients(gsa, google)
    for (const run of [
      await gsa.run('refresh', '--json', '--account', name),
      await gsa.run('refresh', '--json', { env: { GSA_ACCOUNT: name } }),
    ])
      expect(run.json['clientId']).toBe(`${desktop}.apps.googleusercontent.com`)
    const removed = await gsa.run('accounts', 'remove', name, '--yes')
    expect(removed.stdout).toContain(`Deleted ${ada} (client ${desktop}, server ${google.issuer}) from this machine.`)
    expect((await gsa.run('whoami', '--json')).json['clientId']).toBe(`${web}.apps.googleusercontent.com`)
  })

  test('is shown with its client wherever it is named', async ({ gsa, google }) => {
    await twoClients(gsa, google)
    const [webName, desktopName] = [web, desktop].map((client) => `${ada} (client ${client}, server ${google.issuer})`)
    const again = await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }) })
    expect(again.stdout).toContain(`Code of ${webName} exchanged`)
    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    const refused = await gsa.run('refresh', '--account', `${ada}/${desktop}`)
    expect(refused.stderr).toContain(`The refresh token of ${desktopName} was rejected`)
    expect(refused.stderr).toContain(`Log in again: gsa login --account ${ada}/${desktop}\n`)
    expect((await gsa.run('token', '--account', `${ada}/${desktop}`)).stderr).toContain(
      `The refresh token of ${desktopName} was rejected on`,
    )
    const login = ['login', '--no-browser', '--json', '--account', `${ada}/${desktop}`]
    const loggedIn = await gsa.run(...login, { browser: {}, env: noClient })
    expect(loggedIn.json['clientId']).toBe(`${desktop}.apps.googleusercontent.com`)
    const question = {
      typing: [[/Revoke access to ada@example\.com \(client 100000000001-web, server /, '\r']],
    } as const
    expect((await gsa.run('revoke', '--account', `${ada}/${web}`, question)).stdout).toBe('Nothing was revoked.\n')
  })

  test('is completed with its client, but an account with one client is completed without', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await twoClients(gsa, google, env)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: grace }), env })
    expect(storedNames({ GSA_CONFIG_DIR: `${gsa.folder}/home/gsa` }, 'linux')).toEqual([
      `${ada}/${web}`,
      `${ada}/${desktop}`,
      grace,
    ])
  })
})

test('an account with one client at two servers is chosen with --issuer', async ({ gsa, google }) => {
  const second = await startEmulator()
  try {
    for (const server of [google, second]) {
      const env = { GSA_EMULATOR_HOST: new URL(server.issuer).host }
      await gsa.run('exchange', '-', { stdin: await server.createCode({ account: ada }), env })
    }
    const env = { GSA_EMULATOR_HOST: undefined, ...noClient }
    const refused = await gsa.run('refresh', { env })
    expect(listedCommands(refused)).toEqual([
      ['accounts', 'use', ada, '--issuer', google.issuer],
      ['accounts', 'use', ada, '--issuer', second.issuer],
    ])
    for (const command of listedCommands(refused)) {
      expect((await gsa.run(...command, { env })).exitCode).toBe(0)
      expect((await gsa.run('whoami', '--json', { env })).json['issuer']).toBe(command.at(-1))
    }
  } finally {
    await second.close()
  }
})

test('lists ten of many accounts and counts the others', async ({ gsa, google }) => {
  for (let count = 0; count < 12; count++) {
    const account = `user${count}@example.com`
    await control(google, 'POST accounts', { email: account })
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account }) })
  }
  const refused = await gsa.run('logout')
  expect(listedCommands(refused)).toHaveLength(10)
  expect(refused.stderr).toContain('… and 2 more, see: gsa accounts')
})

describe('an account hidden by the settings', () => {
  const elsewhere = 'http://127.0.0.1:9'
  test.for([
    ['GSA_EMULATOR_HOST', [], { GSA_EMULATOR_HOST: '127.0.0.1:9' }, 'correct or unset GSA_EMULATOR_HOST'],
    ['GSA_ISSUER', [], { GSA_ISSUER: elsewhere }, 'correct or unset GSA_ISSUER'],
    ['--issuer', ['--issuer', elsewhere], {}, 'leave out --issuer'],
  ] as const)('by %s is told with both servers, and what chose one', async ([by, args, env, fix], { gsa, google }) => {
    const stdin = await google.createCode({ account: ada })
    await gsa.run('exchange', '-', { stdin })
    const run = await gsa.run('refresh', ...args, { env })
    expect(run.exitCode).toBe(4)
    expect(run.stderr).toBe(
      `Error: No account is stored for the server ${elsewhere} (${by}). Stored accounts: ${ada} (server ${google.issuer}).\n` +
        `       To use a stored account, ${fix}. To add one here: gsa login --client-secrets FILE\n`,
    )
    const named = await gsa.run('refresh', '--account', ada, ...args, { env })
    expect(named.stderr).toContain(`"${ada}" is not stored for the server ${elsewhere} (${by}).`)
  })

  test('by its name is reported with its server, although another account belongs to the chosen one', async ({
    gsa,
    google,
  }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }) })
    const second = await startEmulator()
    try {
      const env = { GSA_EMULATOR_HOST: new URL(second.issuer).host }
      await gsa.run('exchange', '-', { stdin: await second.createCode({ account: grace }), env })
      const run = await gsa.run('refresh', '--account', ada, { env })
      expect(run.exitCode).toBe(4)
      expect(run.stderr).toContain(`Stored accounts: ${ada} (server ${google.issuer}).`)
    } finally {
      await second.close()
    }
  })

  test('by the client file is reported with the clients', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }) })
    const run = await gsa.run('refresh', '--client-secrets', gsa.desktopClient)
    expect(run.stderr).toContain(
      `the client ${desktop}.apps.googleusercontent.com (--client-secrets). Stored accounts: ${ada} (client ${web}.apps.googleusercontent.com).`,
    )
  })
})

describe('an email address', () => {
  // U+212A, the Kelvin sign, is "k" in lower case.
  const kelvin = '\u212aate@example.com'

  test('does not match a look-alike of the expected one', async ({ gsa, google }) => {
    await control(google, 'POST accounts', { email: kelvin })
    const code = { stdin: await google.createCode({ account: kelvin }) }
    const run = await gsa.run('exchange', '-', '--json', '--expect-email', 'kate@example.com', code)
    expect(run.exitCode).toBe(6)
    expect(run.error).toMatchObject({ code: 'account_unexpected', details: { expected: 'kate@example.com' } })
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: kelvin }) })
    for (const args of [
      ['accounts', 'use', 'kate@example.com'],
      ['refresh', '--account', 'kate@example.com'],
    ])
      expect((await gsa.run(...args, '--json')).error['code']).toBe('account_not_stored')
  })

  test('matches the expected one in capital letters', async ({ gsa, google }) => {
    const code = { stdin: await google.createCode({ account: ada }) }
    expect((await gsa.run('exchange', '-', '--expect-email', 'ADA@Example.COM', code)).exitCode).toBe(0)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: grace }) })
    expect((await gsa.run('accounts', 'use', 'Ada@EXAMPLE.com')).exitCode).toBe(0)
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ account: { email: ada } })
  })
})
