import { describe, expect } from 'vitest'
import { postCode } from '../backend/serving.ts'
import { scaled } from '../faults/scale.ts'
import { test } from './machine.ts'

const ada = 'ada@example.com'
const ctrlC = '\u0003'
const kills = scaled(25, 100)

describe('at a Windows console', () => {
  // As after start "" gsa. Node 22 aborts there if anything reads process.title (nodejs/node#58695).
  test('gsa works without a title of the window', async ({ desk }) => {
    const accounts = desk.onConsole(['accounts'])
    expect(await accounts.ended, accounts.screen()).toBe(0)
    expect(accounts.screen()).toContain('No account is stored')
  })

  test('Ctrl-C ends gsa serve with exit code 130, after a code that it stored', async ({ desk, google }) => {
    const serve = desk.onConsole(['serve', '--port', '0'])
    const [, url = ''] = await serve.shows(/(http:\/\/127\.0\.0\.1:\d+\/authcode)/)
    expect(await postCode(url, { authCode: await google.createCode() })).toMatchObject({ status: 200 })
    await serve.shows(/ada@example\.com/)
    serve.type(ctrlC)
    expect(await serve.ended, serve.screen()).toBe(130)
    expect(await desk.gsa(['whoami', '--json'])).toMatchObject({ exitCode: 0, json: { account: { email: ada } } })
  })

  test('gsa prompts for the passphrase of a file store without showing it', async ({ desk, google }) => {
    const env = { GSA_STORE: 'file:C:\\hidden\\secrets.age' }
    const exchange = desk.onConsole(['exchange', await google.createCode(), '--yes'], env)
    await exchange.shows(/passphrase/i)
    exchange.type('correct horse battery staple\r')
    await exchange.shows(/Repeat the passphrase/)
    exchange.type('correct horse battery staple\r')
    expect(await exchange.ended, exchange.screen()).toBe(0)
    expect(exchange.screen()).not.toContain('horse')
    const passphrase = desk.machine.file('passphrases/hidden.txt', 'correct horse battery staple')
    const token = await desk.gsa(['token'], { env: { ...env, GSA_STORE_PASSPHRASE_FILE: passphrase } })
    expect(token.exitCode, token.stderr).toBe(0)
  })

  test('Ctrl-C at a prompt ends gsa with exit code 130, and stores nothing', async ({ desk, google }) => {
    const exchange = desk.onConsole(['exchange', await google.createCode()], {
      GSA_STORE: 'file:C:\\unborn\\secrets.age',
    })
    await exchange.shows(/passphrase/i)
    exchange.type(ctrlC)
    expect(await exchange.ended, exchange.screen()).toBe(130)
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })
})

test(
  `TerminateProcess at ${kills} random moments leaves an account that works`,
  { timeout: 1_800_000 },
  async ({ desk, google }) => {
    for (const account of ['grace@corp.example', ada])
      expect(await desk.gsa(['exchange', '-'], { stdin: await google.createCode({ account }) })).toMatchObject({
        exitCode: 0,
      })
    const codes: string[] = []
    for (let at = 0; at < kills; at++) codes.push(await google.createCode({ account: ada, forceRefreshToken: true }))
    const script = desk.machine.file('kill.js', killAtRandomMoments)
    const plan = { program: desk.program, codes, account: ada, seed: Number(process.env['GSA_SEED'] ?? 1) }
    const { exitCode, stdout, stderr } = await desk.machine.start([script], {
      env: desk.env,
      stdin: JSON.stringify(plan),
      deadlineMs: 1_800_000,
    }).ended
    expect(exitCode, stderr).toBe(0)
    const rounds = JSON.parse(stdout) as {
      command: string
      wasKilled: boolean
      exitCode: number
      token: string
      stderr: string
    }[]
    expect(rounds.map(({ exitCode: code, stderr: text }) => (code === 0 ? 0 : text))).toEqual(codes.map(() => 0))
    for (const { token } of rounds) {
      const answer = await fetch(`${google.issuer}/tokeninfo?access_token=${token}`)
      expect(await answer.json()).toMatchObject({ email: ada })
    }
    // Otherwise the moments were all too late, and showed nothing.
    expect(rounds.filter(({ wasKilled }) => wasKilled).length).toBeGreaterThan(kills / 2)
  },
)

// Runs there, because only a Windows program can call TerminateProcess, which child.kill() does.
const killAtRandomMoments = `
const { spawn, spawnSync } = require('child_process')
const { program, codes, account, seed } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
let state = seed >>> 0
const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32 }
const run = (argv) => spawnSync(process.execPath, [program, ...argv], { encoding: 'utf8' })
const started = Date.now()
run(['refresh', '--account', account])
const wholeMs = Date.now() - started
async function main() {
  const rounds = []
  for (const [at, code] of codes.entries()) {
    const argv = at % 2 === 0 ? ['exchange', code] : ['refresh', '--account', account]
    const child = spawn(process.execPath, [program, ...argv], { stdio: 'ignore' })
    const timer = setTimeout(() => child.kill(), random() * wholeMs * 1.1)
    const wasKilled = await new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal !== null)))
    clearTimeout(timer)
    const { status, stdout, stderr } = run(['token', '--account', account, '--min-ttl', '2h'])
    rounds.push({ command: argv[0], wasKilled, exitCode: status, token: stdout.trim(), stderr })
  }
  process.stdout.write(JSON.stringify(rounds))
}
main()
`
