import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import type { Running } from '../support/built-gsa.ts'
import { type Desk, test } from './machine.ts'

const ada = 'ada@example.com'
const grace = 'grace@corp.example'

async function exchanged(desk: Desk, google: Emulator, account: string): Promise<void> {
  const { exitCode, stderr } = await desk.gsa(['exchange', '-'], { stdin: await google.createCode({ account }) })
  expect(exitCode, stderr).toBe(0)
}

/** Opens a file as another program that shares it with nobody. */
async function hold(desk: Desk, path: string): Promise<Running> {
  const script = desk.machine.file('hold.js', holdOpen)
  const holder = desk.machine.start([script, path])
  await holder.says(/held/)
  return holder
}

const listed = (desk: Desk): string => readFileSync(join(desk.configuration, 'accounts.json'), 'utf8')

describe('files on Windows', () => {
  test('gsa waits while another program has the account list open', async ({ desk, google }) => {
    await exchanged(desk, google, ada)
    const holder = await hold(desk, `${desk.env['GSA_CONFIG_DIR']}\\accounts.json`)
    const exchanging = desk.start(['exchange', '-'], { stdin: await google.createCode({ account: grace }) })
    await sleep(2_500)
    holder.signal('SIGKILL')
    const { exitCode, stderr } = await exchanging.ended
    expect(exitCode, stderr).toBe(0)
    expect(listed(desk)).toContain(grace)
  })

  test('gsa names the account list if another program does not close it, and sends no code', async ({
    desk,
    google,
  }) => {
    await exchanged(desk, google, ada)
    const before = listed(desk)
    const holder = await hold(desk, `${desk.env['GSA_CONFIG_DIR']}\\accounts.json`)
    const sent = google.requests().length
    const code = await google.createCode({ account: grace })
    const refused = await desk.gsa(['exchange', '-', '--json'], { stdin: code })
    expect(refused).toMatchObject({ exitCode: 7, error: { code: 'config_unusable' } })
    expect(refused.stderr).toContain('accounts.json')
    expect(
      google
        .requests()
        .slice(sent)
        .filter(({ path }) => path === '/token'),
    ).toEqual([])
    holder.signal('SIGKILL')
    await holder.ended
    expect(listed(desk)).toBe(before)
    expect(await desk.gsa(['exchange', '-'], { stdin: code })).toMatchObject({ exitCode: 0 })
  })

  test('gsa replaces a read-only account list', async ({ desk, google }) => {
    await exchanged(desk, google, ada)
    chmodSync(join(desk.configuration, 'accounts.json'), 0o444)
    await exchanged(desk, google, grace)
    expect(listed(desk)).toContain(grace)
  })

  test('drive get names a target that another program has open, and keeps it', async ({ desk, google }) => {
    await exchanged(desk, google, ada)
    const file = desk.machine.file('held/notes.txt', 'old notes')
    expect(await desk.gsa(['drive', 'put', '-', '--name', 'notes.txt'], { stdin: 'new notes' })).toMatchObject({
      exitCode: 0,
    })
    const holder = await hold(desk, file)
    const refused = await desk.gsa(['drive', 'get', 'notes.txt', '-o', file])
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain(file)
    holder.signal('SIGKILL')
    await holder.ended
    expect(readFileSync(join(desk.machine.drive, 'held/notes.txt'), 'utf8')).toBe('old notes')
  })

  test('three writers and two readers always find a whole account list', async ({ desk, google }) => {
    const writers = ['user1@example.com', 'user2@example.com', 'user3@example.com']
    for (const email of writers) await configure(google, 'POST accounts', { email })
    await exchanged(desk, google, ada)
    const runs = await Promise.all([
      ...writers.map(async (account) => {
        for (let round = 0; round < 2; round++) await exchanged(desk, google, account)
      }),
      ...[1, 2].map(async () => {
        for (let round = 0; round < 3; round++) {
          const { exitCode, stderr, json } = await desk.gsa(['accounts', '--json'])
          expect(exitCode, stderr).toBe(0)
          expect(JSON.stringify(json)).toContain(ada)
        }
      }),
    ])
    expect(runs).toHaveLength(5)
    for (const account of [ada, ...writers]) expect(listed(desk)).toContain(account)
  })
})

// The mode is libuv's UV_FS_O_EXLOCK: no sharing, as many editors and virus scanners open files.
const holdOpen = `
require('fs').openSync(process.argv[2], 0x10000000)
process.stderr.write('held\\n')
setTimeout(() => {}, 600_000)
`
