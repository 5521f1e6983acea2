import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'
import { bearer, configure, decodeJwt, exchange, refresh, send, sendJson, signIn } from './raw-http.ts'
import { test as base } from './with-google.ts'

/** Gives each test its own folder, and emulators that are closed with it. */
const test = base.extend<{ folder: string; start: (options: EmulatorOptions) => Promise<Emulator> }>({
  folder: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-emulator-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
  start: async ({ task: _task }, use) => {
    const started: Emulator[] = []
    await use(async (options) => {
      const google = await startEmulator(options)
      started.push(google)
      return google
    })
    await Promise.all(started.map(async (google) => await google.close()))
  },
})

const filesUrl = (google: Emulator): string =>
  `${google.driveUrl}/drive/v3/files?spaces=appDataFolder&fields=files(id,name)`

describe('an emulator with a file', () => {
  test('restores everything after a restart', async ({ folder, start }) => {
    const persist = join(folder, 'google')
    const first = await start({ persist })
    const before = await signIn(first)
    const unused = await first.createCode()
    await sendJson(
      `${first.driveUrl}/drive/v3/files`,
      { name: 'a', parents: ['appDataFolder'] },
      { headers: bearer(before.access_token) },
    )
    await configure(first, 'POST files', { count: 2 })
    await configure(first, 'POST accounts', { email: 'new@example.com' })
    const keys = (await send(`${first.issuer}/oauth2/v3/certs`)).json
    first.advanceClock('2m')
    first.arm({ on: 'tokeninfo', fault: 'http-503' })
    const files = (await send(filesUrl(first), { headers: bearer(before.access_token) })).json
    await first.close()

    const second = await start({ persist })
    expect((await send(filesUrl(second), { headers: bearer(before.access_token) })).json).toEqual(files)
    expect(files.files).toHaveLength(3)
    expect((await send(`${second.issuer}/oauth2/v3/certs`)).json).toEqual(keys)
    expect((await send(`${second.issuer}/tokeninfo`)).status).toBe(503)
    expect((await refresh(second, before.refresh_token)).status).toBe(200)
    expect((await exchange(second, unused)).status).toBe(200)
    expect((await exchange(second, unused)).json.error_description).toBe('Bad Request')
    const now = Date.parse((await send(`${second.controlUrl}/clock`)).json.now)
    expect(now - Date.now()).toBeGreaterThan(110_000)
    expect(second.accounts.map(({ email }) => email)).toContain('new@example.com')
  })

  test('keeps the bytes of files, and incomplete uploads', async ({ folder, start }) => {
    const persist = join(folder, 'google')
    const first = await start({ persist })
    const { access_token } = await signIn(first)
    const uploads = `${first.driveUrl}/upload/drive/v3/files`
    const media = { ...bearer(access_token), 'content-type': 'text/plain' }
    const metadata = { name: 'a', parents: ['appDataFolder'] }
    const created = await sendJson(`${first.driveUrl}/drive/v3/files`, metadata, { headers: media })
    const change = { method: 'PATCH', headers: media, body: 'the bytes' }
    await send(`${uploads}/${created.json.id}?uploadType=media`, change)
    const opened = await sendJson(`${uploads}?uploadType=resumable`, metadata, { headers: bearer(access_token) })
    const session = new URL(opened.headers.location ?? '')
    const block = Buffer.alloc(256 * 1024, 'x')
    const ranged = (range: string): { 'content-range': string } => ({
      'content-range': `bytes ${range}/${block.length + 1}`,
    })
    await send(session.href, { method: 'PUT', headers: ranged(`0-${block.length - 1}`), body: block })
    await first.close()

    const second = await start({ persist })
    const content = `${second.driveUrl}/drive/v3/files/${created.json.id}?alt=media`
    expect((await send(content, { headers: bearer(access_token) })).body).toBe('the bytes')
    const moved = second.driveUrl + session.pathname + session.search
    const asked = await send(moved, { method: 'PUT', headers: ranged('*') })
    expect(asked.headers.range).toBe(`bytes=0-${block.length - 1}`)
    const done = await send(moved, { method: 'PUT', headers: ranged(`${block.length}-${block.length}`), body: 'y' })
    expect(done.status).toBe(200)
  })

  test('keeps half of an upload in progress when it stops, and writes nothing after that', async ({
    folder,
    start,
  }) => {
    const persist = join(folder, 'google')
    const first = await start({ persist })
    const { access_token } = await signIn(first)
    const opened = await sendJson(
      `${first.driveUrl}/upload/drive/v3/files?uploadType=resumable`,
      { parents: ['appDataFolder'] },
      { headers: bearer(access_token) },
    )
    const session = new URL(opened.headers.location ?? '')
    const sent = 32 * 1024 * 1024
    const socket = connect(Number(session.port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`PUT ${session.pathname}${session.search} HTTP/1.1\r\nhost: x\r\ncontent-length: ${sent * 2}\r\n\r\n`)
    // More than fits in the network buffers, so most of it has arrived once all of it is written.
    await new Promise<void>((resolve) => socket.write(Buffer.alloc(sent), () => resolve()))
    await first.close()
    const atClose = readFileSync(persist)
    await first.createCode()
    expect(readFileSync(persist).equals(atClose)).toBe(true)
    const second = await start({ persist })
    const asked = await send(second.driveUrl + session.pathname + session.search, {
      method: 'PUT',
      headers: { 'content-range': `bytes */${sent * 2}` },
    })
    expect(asked.headers.range).toMatch(/^bytes=0-\d+$/)
  })

  test('accepts a client given at start that is not in the file, and follows a link', async ({ folder, start }) => {
    const persist = join(folder, 'link')
    await (await start({ persist: join(folder, 'google') })).close()
    symlinkSync(join(folder, 'google'), persist)
    const mine = { type: 'web', clientId: '7-mine', clientSecret: 's' } as const
    const google = await start({ persist, clients: [mine] })
    expect(await google.createCode({ clientId: '7-mine' })).toMatch(/^4\/0A/)
    await google.close()
    expect(lstatSync(persist).isSymbolicLink()).toBe(true)
    expect(readdirSync(folder).toSorted()).toEqual(['google', 'link'])
  })

  test('does not change the file when the port is in use', async ({ folder, start }) => {
    const { issuer } = await start({})
    const persist = join(folder, 'google')
    await expect(start({ persist, port: Number(new URL(issuer).port) })).rejects.toThrow('EADDRINUSE')
    expect(readdirSync(folder)).toEqual([])
  })

  test('revokes a grant from before the restart', async ({ folder, start }) => {
    const persist = join(folder, 'google')
    const first = await start({ persist })
    const { access_token, refresh_token } = await signIn(first)
    await first.close()
    const second = await start({ persist })
    expect((await send(`${second.issuer}/revoke?token=${access_token}`, { method: 'POST' })).status).toBe(200)
    expect((await refresh(second, refresh_token)).json.error_description).toBe('Token has been expired or revoked.')
  })

  test('writes complete files while it runs, readable only by their owner, and leaves no temporary files', async ({
    folder,
    start,
  }) => {
    const persist = join(folder, 'google')
    const google = await start({ persist })
    const empty = readFileSync(persist)
    await signIn(google)
    await expect.poll(() => readFileSync(persist).length, { timeout: 60_000 }).toBeGreaterThan(empty.length)
    await google.close()
    expect(statSync(persist).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['google'])
  })

  test.for(['', 'not a file of ours', '{"state":{}}'])(
    'refuses the file %j and does not change it',
    async (text, { folder, start }) => {
      const persist = join(folder, 'google')
      writeFileSync(persist, text)
      await expect(start({ persist })).rejects.toThrow('was not written by this version of the emulator')
      expect(readFileSync(persist, 'utf8')).toBe(text)
    },
  )

  test('refuses the file of another version and leaves it alone', async ({ folder, start }) => {
    const persist = join(folder, 'google')
    await (await start({ persist })).close()
    const other = readFileSync(persist, 'latin1').replace('gsa-emulator 1', 'gsa-emulator 0')
    writeFileSync(persist, other, 'latin1')
    await expect(start({ persist })).rejects.toThrow('was not written by this version of the emulator')
    expect(readFileSync(persist, 'latin1')).toBe(other)
  })

  test('does not start when the file cannot be written', async ({ folder, start }) => {
    await expect(start({ persist: join(folder, 'no', 'such', 'folder') })).rejects.toThrow('ENOENT')
  })
})

describe('an emulator with a seed', () => {
  /** Returns every randomly generated value of one run. */
  async function run(google: Emulator): Promise<unknown> {
    const code = await google.createCode()
    const { json } = await exchange(google, code)
    const file = { name: 'a', parents: ['appDataFolder'] }
    const created = await sendJson(`${google.driveUrl}/drive/v3/files`, file, { headers: bearer(json.access_token) })
    await google.rotateKeys()
    const { json: keys } = await send(`${google.issuer}/oauth2/v3/certs`)
    const { kid } = decodeJwt(json.id_token).header
    return { code, kid, keys, file: created.json.id, accessToken: json.access_token, refreshToken: json.refresh_token }
  }

  test('generates the same codes, tokens, ids and keys each time', async ({ start }) => {
    const runs = await Promise.all(
      ['a seed', 'a seed', 'another'].map(async (seed) => await run(await start({ seed }))),
    )
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).not.toEqual(runs[0])
  })

  test('signs with a key that verifies', async ({ start }) => {
    const google = await start({ seed: 'any' })
    const { id_token } = await signIn(google)
    expect((await send(`${google.issuer}/tokeninfo?id_token=${id_token}`)).json.email).toBe('ada@example.com')
  })

  test('continues after a restart, and generates nothing twice', async ({ folder, start }) => {
    const options = { seed: 'a seed', persist: join(folder, 'google') }
    const first = await start(options)
    const before = await run(first)
    await first.close()
    const second = await start(options)
    const after = await run(second)
    const unbroken = await start({ seed: options.seed })
    expect([await run(unbroken), await run(unbroken)]).toEqual([before, after])
    for (const name of ['code', 'file', 'accessToken', 'refreshToken'])
      expect(after).not.toHaveProperty(name, (before as Record<string, unknown>)[name])
    const kids = (await send(`${second.issuer}/oauth2/v3/certs`)).json.keys.map(({ kid }: { kid: string }) => kid)
    expect(new Set(kids).size).toBe(kids.length)
  })
})

test('ids that were generated are not generated again, even if the emulator is killed', async ({ folder, start }) => {
  const options = { seed: 'a seed', persist: join(folder, 'google') }
  const google = await start(options)
  const { access_token } = await signIn(google)
  const saved = (): Buffer => readFileSync(options.persist)
  await expect.poll(() => saved().includes(access_token), { timeout: 60_000 }).toBe(true)
  const before = saved()
  const generated = async ({ driveUrl }: Emulator): Promise<unknown> =>
    (await send(`${driveUrl}/drive/v3/files/generateIds?count=1`, { headers: bearer(access_token) })).json.ids
  const ids = await generated(google)
  await expect.poll(() => saved().equals(before), { timeout: 60_000 }).toBe(false)
  const copy = join(folder, 'copy')
  writeFileSync(copy, saved())
  const again = await generated(await start({ ...options, persist: copy }))
  expect(again).toHaveLength(1)
  expect(again).not.toEqual(ids)
})

describe('a configuration', () => {
  const config = {
    accounts: [
      { email: 'new@example.com', hostedDomain: 'example.com' },
      { email: 'ada@example.com', storageLimitBytes: 5 },
    ],
    clients: [{ type: 'web', clientId: '7-mine', clientSecret: 's', status: 'disabled' }],
    projects: [{ clientId: '7-mine', publishingStatus: 'testing' }],
    files: [{ account: 'new@example.com', count: 3 }],
    faults: [{ on: 'token', fault: 'http-503' }],
  }

  test('applies at start and again after a reset', async ({ start }) => {
    const google = await start({ config })
    for (let round = 0; round < 2; round++) {
      expect(google.accounts.map(({ email }) => email)).toEqual([
        'ada@example.com',
        'grace@corp.example',
        'new@example.com',
      ])
      expect((await send(`${google.controlUrl}/projects`)).json.projects).toContainEqual({
        number: '7',
        publishingStatus: 'testing',
      })
      expect((await exchange(google, await google.createCode())).status).toBe(503)
      const { access_token } = await signIn(google, { account: 'new@example.com' })
      expect((await send(filesUrl(google), { headers: bearer(access_token) })).json.files).toHaveLength(3)
      await expect(google.createCode({ clientId: '7-mine' })).rejects.toThrow('disabled_client')
      google.reset()
    }
  })

  test.for([
    [[], 'a configuration must be a JSON object'],
    [{ account: [] }, 'no member "account"'],
    [{ accounts: {} }, '"accounts" must be a list of objects'],
    [{ accounts: [{ email: 'x@example.com' }, { name: 'Nobody' }] }, 'accounts[1]: an account needs an "email"'],
    [{ faults: [{ on: 'token', fault: 'rain' }] }, 'faults[0]: there is no fault "rain"'],
    [{ files: [{ count: 1, account: 'nobody@example.com' }] }, 'files[0]: there is no account nobody@example.com'],
  ] as const)('that is %j is refused with a message', async ([wrong, message], { start }) => {
    await expect(start({ config: wrong as never })).rejects.toThrow(message)
  })
})

test('several emulators at the same time share no state', async ({ start }) => {
  const [one, other] = [await start({}), await start({})]
  const { access_token, refresh_token } = await signIn(one)
  one.advanceClock('1d')
  expect((await refresh(other, refresh_token)).json.error_description).toBe('Bad Request')
  expect((await send(`${other.issuer}/v1/userinfo`, { headers: bearer(access_token) })).status).toBe(401)
  expect(Date.parse((await send(`${other.controlUrl}/clock`)).json.now) - Date.now()).toBeLessThan(3_600_000)
})
