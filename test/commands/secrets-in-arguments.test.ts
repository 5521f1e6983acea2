import { createHash, randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { describe, expect } from 'vitest'
import { createProgram } from '../../src/program.ts'
import type { Context } from '../../src/terminal/context.ts'
import { type Run, type RunOptions, test } from '../support/harness.ts'

const random = (bytes: number): string => randomBytes(bytes).toString('base64url')
const hash = (text: string): string => createHash('sha512').update(text).digest('base64url')

// The parts that no output may contain. Unrecognizable ones are the same in each run, so that failures are
// reproducible.
const verifier = hash('verifier').slice(0, 43)
const oldSecret = hash('client secret 3').slice(0, 24)
const kinds: readonly (readonly [kind: string, value: string, secret: string])[] = [
  ...[
    ['an authorization code', '4/0A', random(48)],
    ['a refresh token', '1//0g', random(57)],
    ['an access token', 'ya29.a0', random(90)],
    ['a client secret', 'GOCSPX-', random(21)],
    ['an ID token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.', random(64)],
    ['an age secret key', 'AGE-SECRET-KEY-1', 'QQPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQS'],
  ].map(([kind = '', prefix = '', secret = '']) => [kind, `${prefix}${secret}`, secret] as const),
  [
    'a client secrets file',
    JSON.stringify({ web: { client_id: '1-a.apps.googleusercontent.com', client_secret: 'short-secret-1' } }),
    'short-secret-1',
  ],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n', 'MIIEvQIBADANBgkq'],
  ['a percent-encoded code', `4%2F0A${random(48).replaceAll('-', '_')}`, '4%2F0A'],
  ['a code verifier', verifier, verifier],
  ['a client secret in the old format', oldSecret, oldSecret],
]

// Every name in argv loads its command: the whole tree.
const names = (await createProgram({ argv: [], env: {} } as unknown as Context)).commands.map((one) => one.name())
const program = await createProgram({ argv: names, env: {} } as unknown as Context)

interface Place {
  readonly path: readonly string[]
  readonly where: string
  readonly argv: (value: string) => readonly string[]
}

function placesOf(command: Command, path: readonly string[] = []): readonly Place[] {
  const below = command.commands.flatMap((child) => placesOf(child, [...path, child.name()]))
  // Each leaf command gets every command's options, too; for a group, the argument is a wrong subcommand.
  const options = command.options
    .filter((option) => option.required || option.optional)
    .map((option): Place => ({
      path,
      where: option.long ?? '',
      argv: (value) => [...(path.length === 0 ? ['whoami'] : path), `${option.long}=${value}`],
    }))
  const others: readonly Place[] = [
    { path, where: 'an argument', argv: (value) => [...path, value] },
    { path, where: 'a second argument', argv: (value) => [...path, 'x', value] },
    { path, where: 'an unknown option', argv: (value) => [...path, `--nope=${value}`] },
    { path, where: 'an unknown short option', argv: (value) => [...path, `-z${value}`] },
  ]
  return [...options, ...others, ...below]
}

const places = placesOf(program)
// A random-looking word may be a file name, as it is here.
const namesFile = new Set(['--output', '--junit', '--persist', '--trace'])

function expectNoSecret({ exitCode, stdout, stderr }: Run, words: readonly string[], secret: string): void {
  const what = `gsa ${words.join(' ')}\n${stdout}${stderr}`
  expect(exitCode, what).not.toBe(1)
  expect(`${stdout}${stderr}`.includes(secret), what).toBe(false)
}

describe('a misplaced secret is not shown again:', () => {
  test.for(kinds)('%s', { timeout: 120_000 }, async ([, value, secret], { gsa, google }) => {
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode({ platform: 'android' }) })
    for (const { path, where, argv } of places) {
      if (value === secret && namesFile.has(where)) continue
      const words = [...argv(value), '--no-input']
      const options: RunOptions = {
        // Ends what would wait for a browser, or serve.
        interruptWhen: /Open this address|Receiving codes|Ctrl-C|"(?:issuer|url)":/,
        // The built-in clients, whose secrets are published.
        printsSecrets: path.join(' ') === 'emulator start',
      }
      expectNoSecret(await gsa.run(...words, options), words, secret)
      expectNoSecret(await gsa.run(...words, '--json', '--debug', options), words, secret)
    }
  })
})

describe('a secret in the wrong variable is not shown:', () => {
  const variables = [
    'GSA_CLIENT_SECRETS',
    'GSA_ACCOUNT',
    'GSA_STORE',
    'GSA_ISSUER',
    'GSA_DRIVE_URL',
    'GSA_EMULATOR_HOST',
    'GSA_BROWSER',
    'GSA_STORE_PASSPHRASE_FILE',
  ]
  const commands = ['whoami', 'drive ls-appfolder', 'login', 'doctor', 'smoke']
  test.for(kinds)('%s', { timeout: 120_000 }, async ([, value, secret], { gsa }) => {
    for (const variable of variables) {
      for (const command of commands) {
        const options: RunOptions = {
          env: {
            [variable]: value,
            ...(variable === 'GSA_STORE_PASSPHRASE_FILE' && { GSA_STORE: `file:${gsa.folder}/s.age` }),
          },
          interruptWhen: /Open this address/,
        }
        const words = [...command.split(' '), '--no-input']
        expectNoSecret(await gsa.run(...words, options), [variable, ...words], secret)
        expectNoSecret(await gsa.run(...words, '--json', '--debug', options), [variable, ...words], secret)
      }
    }
  })
})

describe('a password with a slash in an address is not shown:', () => {
  const address = 'user:YzVQ/hoTFkrIfO5w@h.example'
  const whoami = ['whoami']
  test.for<readonly [where: string, words: readonly string[], env: Record<string, string>]>([
    ['GSA_ISSUER', whoami, { GSA_ISSUER: `https://${address}` }],
    ['GSA_DRIVE_URL', ['drive', 'ls-appfolder'], { GSA_DRIVE_URL: `https://${address}` }],
    ['GSA_EMULATOR_HOST', whoami, { GSA_EMULATOR_HOST: address }],
    ['--issuer', [...whoami, '--issuer', `https://${address}`], {}],
    ['--issuer without a scheme', [...whoami, '--issuer', address], {}],
    ['--redirect-uri', ['exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQ', '--redirect-uri', `https://${address}`], {}],
    ['an unknown option', [...whoami, `--nope=${address}`], {}],
  ])('%s', async ([, words, env], { gsa, google }) => {
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode({ platform: 'android' }) })
    for (const more of [[], ['--json', '--debug']]) {
      const run = await gsa.run(...words, '--no-input', ...more, { env })
      expect(run.exitCode).not.toBe(0)
      expectNoSecret(run, words, 'hoTFkrIfO5w')
    }
  })
})

test('a mistyped file id, and one that Google does not find, are readable', async ({ gsa, google }) => {
  await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode({ platform: 'android' }) })
  for (const id of ['1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs', '1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upmsQ']) {
    for (const words of [
      ['drive', 'get', '--id', id],
      ['drive', 'rm', '--yes', '--id', id],
      ['api', `/drive/v3/files/${id}`],
    ]) {
      const { exitCode, stderr } = await gsa.run(...words, '--no-input')
      expect([exitCode, stderr]).toEqual([5, expect.stringContaining(id)])
    }
  }
})
