import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, beforeEach, expect, onTestFinished } from 'vitest'
import { npm, packed } from '../package/installation.ts'
import { root, runProgram, startProgram } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { startPostgres } from '../support/postgres.ts'
import { needs } from '../support/system-parts.ts'

const test = base.extend<{ folder: string }>({
  // The example's folder in a checkout that has only what is packed; one for all tests in this file.
  folder: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      const checkout = mkdtempSync(join(tmpdir(), 'gsa-fleet-'))
      try {
        await use(await installExample(checkout))
      } finally {
        rmSync(checkout, { recursive: true, force: true })
      }
    },
    { scope: 'file' },
  ],
})

beforeEach(({ skip }) => needs({ skip }, 'PostgreSQL'))

async function installExample(checkout: string): Promise<string> {
  const unpacked = await runProgram('tar', [
    '-xzf',
    await packed(root, checkout),
    '-C',
    checkout,
    '--strip-components=1',
  ])
  expect(unpacked.exitCode, unpacked.stderr).toBe(0)
  const folder = join(checkout, 'examples/fleet')
  mkdirSync(folder, { recursive: true })
  const names = ['.npmrc', 'instance.js', 'package.json', 'package-lock.json', 'start.js']
  for (const name of names) cpSync(join(root, 'examples/fleet', name), join(folder, name))
  const installed = await npm(['ci', '--prefer-offline', '--no-audit', '--no-fund'], { folder })
  expect(installed.exitCode, installed.stderr).toBe(0)
  return folder
}

test('the fleet example signs a user in at one instance, and lists their files at the other', async ({ folder }) => {
  const postgres = await startPostgres()
  onTestFinished(async () => postgres.end())
  const { name, url } = await postgres.createDatabase()
  const [port, emulatorPort] = [await freePort(), await freePort()]
  const env = { HOME: folder, GSA_CONFIG_DIR: join(folder, 'config') }
  const example = startProgram(process.execPath, ['start.js'], {
    folder,
    env: { ...env, DATABASE_URL: url, PORT: String(port), EMULATOR_PORT: String(emulatorPort) },
  })
  const [, first, second] = await example.prints(/^Instances: (\S+), (\S+)\n[^]*Ctrl-C/m)
  const google = { ...env, GSA_EMULATOR_HOST: `127.0.0.1:${emulatorPort}` }
  const gsa = async (...argv: readonly string[]): ReturnType<typeof runProgram> =>
    runProgram(process.execPath, [join(root, 'bin/gsa.js'), ...argv], { folder, env: google })
  const code = (await gsa('emulator', 'code')).stdout.trim()

  const send = async (headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${first}/authcode`, { method: 'POST', headers, body: new URLSearchParams({ authCode: code }) })
  expect((await send({})).status).toBe(403)
  const signedIn = await send({ 'x-requested-with': 'XMLHttpRequest' })
  expect([signedIn.status, await signedIn.json()]).toEqual([200, { email: 'ada@example.com' }])
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';')

  // Another program with the same store and key, as a job of the backend.
  const store = ['--store', `postgres:${url}`, '--account', 'ada@example.com']
  const put = await runProgram(process.execPath, [join(root, 'bin/gsa.js'), 'drive', 'put', 'package.json', ...store], {
    folder,
    env: { ...google, GSA_STORE_KEY_FILE: join(folder, 'store.key') },
  })
  expect(put.exitCode, put.stderr).toBe(0)
  const list = async (address: string, headers = { cookie }): Promise<readonly [number, string | null, unknown]> => {
    const answer = await fetch(`${address}/files`, { headers })
    return [answer.status, answer.headers.get('x-instance'), await answer.json()]
  }
  const size = String(readFileSync(join(folder, 'package.json')).length)
  expect(await list(second ?? '')).toEqual([200, '2', { files: [{ name: 'package.json', size }] }])
  expect(await list(second ?? '', { cookie: '' })).toEqual([401, '2', { error: 'not signed in' }])
  const front = `http://127.0.0.1:${port}`
  const turns = [await list(front), await list(front)].map(([status, instance]) => [status, instance])
  expect(turns).toEqual(
    expect.arrayContaining([
      [200, '1'],
      [200, '2'],
    ]),
  )
  expect(await postgres.query('select count(*)::int as n from gsa.accounts', name)).toEqual([{ n: 1 }])

  const health = await fetch(`${front}/health`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])

  example.signal('SIGINT')
  const { exitCode, stderr } = await example.ended
  expect(exitCode, stderr).toBe(0)
  for (const address of [first, second, front, `http://127.0.0.1:${emulatorPort}`])
    await expect(fetch(`${address}/health`)).rejects.toThrow('fetch failed')
  expect(await postgres.query(`select pid from pg_stat_activity where datname = '${name}'`)).toEqual([])
})

test('without a database, the fleet example says how to start one', async ({ folder }) => {
  const { exitCode, stderr } = await runProgram(process.execPath, ['start.js'], { folder })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/Set DATABASE_URL[^]*docker run[^]*initdb/)
})
