import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { type Gsa, test } from '../support/harness.ts'

async function loggedIn(gsa: Gsa, google: Emulator, scopes?: string[]): Promise<void> {
  const code = await google.createCode(scopes === undefined ? {} : { scopes })
  expect((await gsa.run('exchange', '-', { stdin: code })).exitCode).toBe(0)
}

const driveRequests = (google: Emulator): string[] =>
  google
    .requests()
    .filter(({ path }) => path.includes('/drive/v3/'))
    .map(({ method, path }) => `${method} ${path}`)

describe('gsa drive', () => {
  test('uploads, lists, downloads and deletes a file', async ({ gsa, google }) => {
    await loggedIn(gsa, google)
    const put = await gsa.run('drive', 'put', gsa.file('settings.json', '{"theme":"dark"}'), '--json')
    expect(put.exitCode).toBe(0)
    expect(put.json).toMatchObject({
      name: 'settings.json',
      size: '16',
      md5Checksum: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    })

    const list = await gsa.run('drive', 'ls-appfolder', '--json')
    expect(JSON.parse(list.stdout)).toEqual([expect.objectContaining({ name: 'settings.json', size: '16' })])
    expect((await gsa.run('drive', 'ls-appfolder')).stdout).toMatch(
      /^ +16 B {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}settings\.json\n$/,
    )

    const target = join(gsa.folder, 'copy.json')
    expect((await gsa.run('drive', 'get', 'settings.json', '-o', target)).exitCode).toBe(0)
    expect(readFileSync(target, 'utf8')).toBe('{"theme":"dark"}')
    expect((await gsa.run('drive', 'get', 'settings.json', '-o', '-')).stdout).toBe('{"theme":"dark"}')

    const removed = await gsa.run('drive', 'rm', 'settings.json', '--yes', '--json')
    expect(removed.json).toMatchObject({ removed: [{ name: 'settings.json' }] })
    const empty = await gsa.run('drive', 'ls-appfolder')
    expect([empty.stdout, empty.stderr]).toEqual(['', expect.stringContaining('The app folder is empty') as string])
    expect((await gsa.run('drive', 'ls-appfolder', '--json')).stdout).toBe('[]\n')
  })

  test('lists page by page, in order, up to a limit', async ({ gsa, google }) => {
    await loggedIn(gsa, google)
    await configure(google, 'POST files', { account: 'ada@example.com', count: 25 })
    const all = await gsa.run('drive', 'ls-appfolder', '--page-size', '10', '--order-by', 'name', '--json')
    const names = (JSON.parse(all.stdout) as { name: string }[]).map(({ name }) => name)
    expect(names).toHaveLength(25)
    expect(names).toEqual(names.toSorted())
    expect(driveRequests(google)).toHaveLength(3)
    const some = await gsa.run('drive', 'ls-appfolder', '--page-size', '10', '--limit', '12', '--json')
    expect(JSON.parse(some.stdout)).toHaveLength(12)
    expect(driveRequests(google)).toHaveLength(5)
    const query = await gsa.run('drive', 'ls-appfolder', '--query', `name = '${names[3]}'`, '--json')
    expect(JSON.parse(query.stdout)).toHaveLength(1)
  })

  test('adds a second file of the same name, or replaces the first', async ({ gsa, google }) => {
    await loggedIn(gsa, google)
    await gsa.run('drive', 'put', '-', '--name', 'a.txt', { stdin: 'one' })
    await gsa.run('drive', 'put', '-', '--name', 'a.txt', '--replace', { stdin: 'two' })
    expect((await gsa.run('drive', 'get', 'a.txt', '-o', '-')).stdout).toBe('two')
    await gsa.run('drive', 'put', '-', '--name', 'a.txt', { stdin: 'three' })
    for (const args of [
      ['get', 'a.txt'],
      ['rm', 'a.txt', '--yes'],
      ['put', '-', '--name', 'a.txt', '--replace'],
    ]) {
      const result = await gsa.run('drive', ...args, '--json', { stdin: 'x' })
      expect(result.exitCode).toBe(2)
      expect(result.error).toMatchObject({
        code: 'file_name_ambiguous',
        details: { ids: [expect.any(String), expect.any(String)] as string[] },
      })
    }
  })

  test('never writes outside the requested folder, nor over an existing file', async ({ gsa, google }) => {
    await loggedIn(gsa, google)
    for (const name of ['../escape.txt', '/etc/escape.txt', '..', 'a\nb']) {
      await gsa.run('drive', 'put', '-', '--name', name, { stdin: 'x' })
      const result = await gsa.run('drive', 'get', name, '--json')
      expect(result.exitCode).toBe(2)
      expect(result.error['code']).toBe('file_unwritable')
    }
    const taken = gsa.file('taken', 'mine')
    mkdirSync(join(gsa.folder, 'directory'))
    await gsa.run('drive', 'put', '-', '--name', 'b.txt', { stdin: 'x' })
    expect((await gsa.run('drive', 'get', 'b.txt', '-o', join(gsa.folder, 'directory'))).exitCode).toBe(0)
    expect(readFileSync(join(gsa.folder, 'directory', 'b.txt'), 'utf8')).toBe('x')
    expect((await gsa.run('drive', 'get', 'b.txt', '-o', join(gsa.folder, 'missing', 'b.txt'))).exitCode).toBe(2)
    expect((await gsa.run('drive', 'get', 'b.txt', '-o', taken)).exitCode).toBe(0)
    expect(readFileSync(taken, 'utf8')).toBe('x')
    expect(existsSync(join(gsa.folder, '..', 'escape.txt'))).toBe(false)
  })

  test('says that the Drive checkbox was not ticked', async ({ gsa, google }) => {
    await loggedIn(gsa, google, ['openid', 'email'])
    const result = await gsa.run('drive', 'ls-appfolder', '--json')
    expect(result.exitCode).toBe(5)
    expect(result.error['code']).toBe('scope_insufficient')
  })

  test('says that a file does not exist', async ({ gsa, google }) => {
    await loggedIn(gsa, google)
    for (const args of [
      ['get', 'nothing'],
      ['get', '--id', 'nothing'],
      ['rm', 'nothing', '--yes'],
    ]) {
      const result = await gsa.run('drive', ...args, '--json')
      expect(result.exitCode).toBe(5)
      expect(result.error).toMatchObject({ code: 'drive_file_not_found', details: { name: 'nothing' } })
    }
  })

  test("does not send another server's token to Google", async ({ gsa, google }) => {
    await loggedIn(gsa, google)
    const result = await gsa.run('drive', 'ls-appfolder', '--json', {
      env: { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: google.issuer },
    })
    expect(result.exitCode).toBe(2)
    expect(result.error['code']).toBe('drive_url_needed')
  })
})
