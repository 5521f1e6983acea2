import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import { nodeForWindows } from '../support/system-parts.ts'
import { windowsPath } from '../support/wine.ts'
import { test } from './machine.ts'

const ada = 'ada@example.com'
const grace = 'grace@corp.example'

describe('gsa on Windows', () => {
  test('passes smoke with the Credential Manager', async ({ desk }) => {
    const { exitCode, json } = await desk.gsa(['smoke', '--json'])
    expect({ exitCode, failed: json['failed'], skipped: json['skipped'] }).toEqual({
      exitCode: 0,
      failed: 0,
      skipped: 0,
    })
    const steps = json['steps'] as { title: string; detail: string }[]
    expect(steps[0]).toMatchObject({ detail: 'written, read back, deleted' })
  })

  test('exchanges a code from an argument, a file, a file in UTF-16, and a pipe with CRLF', async ({
    desk,
    google,
  }) => {
    const code = async (): Promise<string> => google.createCode({ forceRefreshToken: true })
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${await code()}\r\n`, 'utf16le')])
    const ways = [
      await desk.gsa(['exchange', await code(), '--json']),
      await desk.gsa(['exchange', '-', '--json'], { stdin: `${await code()}\r\n` }),
      await desk.gsa(['exchange', '-', '--json'], { stdin: utf16 }),
    ]
    for (const { exitCode, stderr, json } of ways) {
      expect(exitCode, stderr).toBe(0)
      expect(json).toMatchObject({ account: { email: ada }, refreshToken: { stored: true, store: 'keychain' } })
    }
    // Node for Windows makes a real pipe there; one of Linux would not work.
    const piped = desk.machine.file('pipe.js', pipeIntoGsa)
    const { exitCode, stdout, stderr } = await desk.machine.start(
      [piped, `${await code()}\r\n`, desk.program, 'exchange', '-'],
      {
        env: desk.env,
      },
    ).ended
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toContain(ada)
    expect((await desk.gsa(['token'])).stdout).toMatch(/^ya29\.\S+\n$/)
  })

  test('keeps two accounts apart, refreshes one and deletes the other', async ({ desk, google }) => {
    for (const account of [ada, grace])
      expect(await desk.gsa(['exchange', '-'], { stdin: await google.createCode({ account }) })).toMatchObject({
        exitCode: 0,
      })
    const accounts = async (): Promise<string[]> => {
      const { json } = await desk.gsa(['accounts', '--json'])
      return (json['accounts'] as { account: { email: string } }[]).map(({ account }) => account.email).toSorted()
    }
    expect(await accounts()).toEqual([ada, grace])
    for (const [command, account] of [
      ['refresh', grace],
      ['whoami', ada],
    ] as const) {
      const { exitCode, stderr, stdout } = await desk.gsa([command, '--account', account, '--json'])
      expect(exitCode, stderr).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ account: { email: account } })
    }
    expect(await desk.gsa(['accounts', 'remove', ada, '--yes'])).toMatchObject({ exitCode: 0 })
    expect(await accounts()).toEqual([grace])
    expect(await desk.gsa(['token'])).toMatchObject({ exitCode: 0 })
  })

  test('logs in with a browser command, which gets the whole URL', async ({ desk, google }) => {
    const browser = desk.machine.file(
      'browser.js',
      `require('fs').writeFileSync('C:\\\\address.txt', process.argv.slice(2).join('\\n'))`,
    )
    const login = desk.start(['login', '--json'], {
      env: {
        GSA_CLIENT_SECRETS: desk.env['GSA_CLIENT_SECRETS']?.replace('web', 'desktop') ?? '',
        GSA_BROWSER: `"${windowsPath(nodeForWindows)}" "${browser}"`,
      },
    })
    const written = join(desk.machine.drive, 'address.txt')
    while (!existsSync(written) || readFileSync(written, 'utf8') === '') await sleep(50)
    const page = await answerConsent(readFileSync(written, 'utf8'), { account: grace })
    expect(page.status).toBe(200)
    const { exitCode, stderr, json } = await login.ended
    expect(exitCode, stderr).toBe(0)
    expect(json).toMatchObject({ account: { email: grace }, issuer: google.issuer, refreshToken: { stored: true } })
  })

  test('keeps its list in %APPDATA%\\gsa, also with spaces and umlauts', async ({ desk, google }) => {
    const env = { GSA_CONFIG_DIR: '', APPDATA: 'C:\\Users\\Jürgen Groß\\Anwendungs Daten' }
    const list = join(desk.machine.drive, 'users/Jürgen Groß/Anwendungs Daten/gsa/accounts.json')
    desk.machine.file('users/Jürgen Groß/Anwendungs Daten/desktop.ini', '')
    const exchanged = await desk.gsa(['exchange', '-'], { env, stdin: await google.createCode() })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    expect(readFileSync(list, 'utf8')).toContain(ada)
    expect(await desk.gsa(['whoami', '--json'], { env })).toMatchObject({
      exitCode: 0,
      json: { account: { email: ada } },
    })
  })

  test('stores secrets in an encrypted file on C:', async ({ desk, google }) => {
    const passphrase = desk.machine.file('passphrase.txt', 'correct horse battery staple\r\n')
    const env = { GSA_STORE: 'file:C:\\Geheime Ablage\\secrets.age', GSA_STORE_PASSPHRASE_FILE: passphrase }
    const exchanged = await desk.gsa(['exchange', '-', '--json'], { env, stdin: await google.createCode() })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    const file = readFileSync(join(desk.machine.drive, 'Geheime Ablage/secrets.age'), 'latin1')
    expect(file).toMatch(/^age-encryption\.org\/v1\n/)
    expect(await desk.gsa(['refresh', '--json'], { env })).toMatchObject({ exitCode: 0 })
    const wrong = desk.machine.file('wrong.txt', 'another passphrase\r\n')
    const refused = await desk.gsa(['token', '--min-ttl', '2h', '--json'], {
      env: { ...env, GSA_STORE_PASSPHRASE_FILE: wrong },
    })
    expect(refused).toMatchObject({ exitCode: 7, error: { code: 'passphrase_wrong' } })
  })

  test('finds the credential helper docker-credential-NAME.exe on the PATH', async ({ desk, google }) => {
    // A renamed Node: its first argument, the action, is the name of a script in the current folder.
    for (const action of ['store', 'get', 'erase', 'list']) desk.machine.file(`helper/${action}.js`, credentialHelper)
    const program = join(desk.machine.drive, 'helper/docker-credential-node.exe')
    symlinkSync(nodeForWindows, program)
    const env = { GSA_STORE: 'helper:node', PATH: 'C:\\windows\\system32;C:\\helper' }
    const folder = join(desk.machine.drive, 'helper')
    const exchanged = await desk.gsa(['exchange', '-', '--json'], { env, folder, stdin: await google.createCode() })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    expect(exchanged.json).toMatchObject({ refreshToken: { stored: true, store: 'helper:node' } })
    expect(readFileSync(join(folder, 'items.json'), 'utf8')).toContain('https://gsa-cli.invalid/')
    expect(await desk.gsa(['refresh', '--json'], { env, folder })).toMatchObject({ exitCode: 0 })
  })
})

const pipeIntoGsa = `
const [input, ...argv] = process.argv.slice(2)
const child = require('child_process').spawn(process.execPath, argv, { stdio: ['pipe', 'inherit', 'inherit'] })
child.stdin.end(input)
child.on('exit', (code) => { process.exitCode = code })
`

const credentialHelper = `
const fs = require('fs')
const file = __dirname + '\\\\items.json'
const items = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {}
const input = fs.readFileSync(0, 'utf8')
const save = () => fs.writeFileSync(file, JSON.stringify(items))
const notFound = () => { process.stdout.write('credentials not found in native keychain\\n'); process.exitCode = 1 }
const actions = {
  store() { const item = JSON.parse(input); items[item.ServerURL] = item; save() },
  get() { const item = items[input.trim()]; if (item) process.stdout.write(JSON.stringify(item)); else notFound() },
  erase() { if (items[input.trim()]) { delete items[input.trim()]; save() } else notFound() },
  list() { process.stdout.write(JSON.stringify(Object.fromEntries(Object.values(items).map((one) => [one.ServerURL, one.Username])))) },
}
actions[require('path').basename(process.argv[1], '.js')]()
`
