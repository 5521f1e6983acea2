import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, onTestFinished } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { root, runProgram } from '../support/built-gsa.ts'
import { type Gsa, test } from '../support/harness.ts'
import { refreshTokenOf } from '../support/refresh-token.ts'

const passphrase = 'correct horse battery staple'
const typed = [
  [/New passphrase for .*store\.age/, `${passphrase}\r`],
  [/Repeat the passphrase/, `${passphrase}\r`],
] as const

describe('while standard input is a pipe', () => {
  test("the store's passphrase is read from the terminal itself", async ({ gsa, google }) => {
    const file = join(gsa.folder, 'store.age')
    const env = { GSA_STORE: `file:${file}` }
    const exchanged = await gsa.run('exchange', '-', {
      env,
      stdin: await google.createCode(),
      typingAtTerminal: typed,
    })
    expect(exchanged).toMatchObject({ exitCode: 0, terminal: expect.stringMatching(/New passphrase for/) })
    expect(exchanged.terminal).not.toContain('horse')
    expect(exchanged.stdout + exchanged.stderr).not.toContain('passphrase')
    const token = await gsa.run('token', '--json', {
      env,
      printsSecrets: true,
      typingAtTerminal: [[/Passphrase of .*store\.age/, `${passphrase}\r`]],
    })
    expect(token).toMatchObject({ exitCode: 0, json: { accessToken: { value: expect.any(String) } } })
  })

  test('an optional question is skipped', async ({ gsa, google }) => {
    const exchanged = await gsa.run('exchange', '-', { stdin: await google.createCode(), typingAtTerminal: [] })
    expect(exchanged).toMatchObject({ exitCode: 0, terminal: '' })
  })

  test('a required question is asked on the terminal', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const revoked = await gsa.run('revoke', { typingAtTerminal: [[/Revoke/, 'y\r']] })
    expect(revoked).toMatchObject({ exitCode: 0, terminal: expect.stringMatching(/Revoke/) })
  })

  test.for([
    ['--no-input', ['--no-input'], []],
    ['no terminal', [], undefined],
  ] as const)('with %s, the missing reply is a usage error', async ([, flags, typingAtTerminal], { gsa, google }) => {
    const refused = await gsa.run(
      'exchange',
      '-',
      '--json',
      '--store',
      `file:${join(gsa.folder, 'store.age')}`,
      ...flags,
      {
        stdin: await google.createCode(),
        ...(typingAtTerminal === undefined ? {} : { typingAtTerminal }),
      },
    )
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', terminal: '', error: { code: 'answer_needed' } })
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })

  test('Ctrl-C at the terminal interrupts, and the code stays unused', async ({ gsa, google }) => {
    const stdin = await google.createCode()
    const interrupted = await gsa.run('exchange', '-', '--store', `file:${join(gsa.folder, 'store.age')}`, {
      stdin,
      typingAtTerminal: [[/New passphrase/, '\u0003']],
    })
    expect(interrupted.exitCode).toBe(130)
    expect((await gsa.run('exchange', '-', { stdin })).exitCode).toBe(0)
  })
})

/** Runs a shell in its own terminal, with a user who reacts to its output. `$GSA` is the built program. */
async function atShell(
  line: string,
  env: Readonly<Record<string, string>>,
  reactions: readonly (readonly [when: string, reaction: string | (() => void)])[],
): Promise<string> {
  const shell = spawn('script', ['--quiet', '--flush', '--command', line, '/dev/null'], {
    env: {
      PATH: process.env['PATH'],
      TERM: 'dumb',
      SHELL: '/bin/bash',
      GSA: `${process.execPath} ${join(root, 'bin/gsa.js')}`,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    shell.kill('SIGKILL')
  })
  const waiting = [...reactions]
  let screen = ''
  let seen = 0
  shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
    const [next] = waiting
    const at = next === undefined ? -1 : screen.indexOf(next[0], seen)
    if (next === undefined || at < 0) return
    seen = at + next[0].length
    waiting.shift()
    if (typeof next[1] === 'string') shell.stdin.write(next[1])
    else next[1]()
  })
  await new Promise((resolve) => shell.once('close', resolve))
  return screen
}

function environment(gsa: Gsa, google: Emulator): Record<string, string> {
  mkdirSync(join(gsa.folder, 'data'))
  return {
    HOME: join(gsa.folder, 'home'),
    GSA_CONFIG_DIR: join(gsa.folder, 'home/gsa'),
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_CLIENT_SECRETS: gsa.webClient,
    GSA_STORE: `file:${join(gsa.folder, 'data/store.age')}`,
  }
}

const settings = 'stty -a | grep -owE "[-]?(echo|icanon)"'
const asBefore = 'icanon\r\necho\r\n'

describe('in a real terminal', () => {
  test('a question breaks between words at 40 columns', async ({ gsa, google }) => {
    const env = { ...environment(gsa, google), GSA_REFRESH_TOKEN: await refreshTokenOf(gsa, google) }
    const screen = await atShell('stty cols 40; $GSA revoke; echo "exit $?"', env, [['(y/N)', 'n\r']])
    expect(stripVTControlCharacters(screen)).toMatch(
      /\? Revoke access to the account of\s+GSA_REFRESH_TOKEN\? \(y\/N\)/,
    )
  })

  test('a pipe into gsa exchange asks for the passphrase without showing it, although stderr is a file', async ({
    gsa,
    google,
  }) => {
    const env = environment(gsa, google)
    const screen = await atShell(
      `$GSA emulator code | $GSA exchange - 2>"$HOME/log"; echo "exit $?"; ${settings}`,
      env,
      [
        ['New passphrase for', `${passphrase}\r`],
        ['Repeat the passphrase', `${passphrase}\r`],
      ],
    )
    expect(screen).toContain(`exit 0\r\n${asBefore}`)
    expect(screen).not.toContain('horse')
    expect(existsSync(join(gsa.folder, 'data/store.age'))).toBe(true)
  })

  test('Ctrl-C at the prompt leaves the terminal as it was', async ({ gsa, google }) => {
    const env = environment(gsa, google)
    const line = `$GSA emulator code | $GSA exchange -; echo "exit $?"; ${settings}`
    const screen = await atShell(line, env, [['New passphrase for', '\u0003']])
    expect(screen).toContain(`exit 130\r\n${asBefore}`)
  })

  test('a signal at the prompt leaves the terminal as it was', async ({ gsa, google }) => {
    const env = environment(gsa, google)
    const code = gsa.file('code', await google.createCode())
    const pid = join(gsa.folder, 'pid')
    const line = `$GSA exchange - <${code} & echo $! >${pid}; wait $!; echo "exit $?"; ${settings}`
    const screen = await atShell(line, env, [
      ['New passphrase for', () => process.kill(Number(readFileSync(pid, 'utf8')), 'SIGTERM')],
    ])
    expect(screen).toContain(`exit 130\r\n${asBefore}`)
  })

  test('a process without one reads the passphrase as docs/stores.md shows', async ({ gsa, google }) => {
    const page = readFileSync(join(root, 'docs/stores.md'), 'utf8')
    const exports = /```sh\n((?:export .*\n)+)```/.exec(page)?.[1]
    const { HOME, ...env } = environment(gsa, google)
    const line = `${exports}echo "${passphrase}" >"$GSA_STORE_PASSPHRASE_FILE"; "${process.execPath}" "${join(root, 'bin/gsa.js')}" exchange -`
    const exchanged = await runProgram('setsid', ['bash', '-c', line], {
      env: { ...env, HOME: HOME! },
      stdin: await google.createCode(),
    })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    const file = join(gsa.folder, 'home/.local/share/gsa/secrets.age')
    const store = { GSA_STORE: `file:${file}`, GSA_STORE_PASSPHRASE_FILE: gsa.file('same', passphrase) }
    expect((await gsa.run('refresh', { env: store })).exitCode).toBe(0)
  })

  test('a process without one cannot ask', async ({ gsa, google }) => {
    const argv = [process.execPath, join(root, 'bin/gsa.js'), 'exchange', '-', '--json']
    const stdin = await google.createCode()
    const refused = await runProgram('setsid', argv, { env: environment(gsa, google), stdin })
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', error: { code: 'answer_needed' } })
  })
})
