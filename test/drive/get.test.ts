import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { logIn } from './app-folder.ts'

const mebibyte = 1024 * 1024

async function put(gsa: Gsa, google: Emulator, name: string, content: Buffer): Promise<void> {
  await logIn(gsa, google)
  const run = await gsa.run('drive', 'put', '-', '--name', name, { stdin: content })
  expect(run.exitCode, run.stderr).toBe(0)
}

/** A folder of its own to download to, and what is in it. */
function destination(gsa: Gsa): { folder: string; files: () => string[] } {
  const folder = join(gsa.folder, 'downloads')
  mkdirSync(folder)
  return { folder, files: () => readdirSync(folder) }
}

const ranges = (google: Emulator): number[] =>
  google
    .requests()
    .filter(({ query }) => query['alt'] === 'media')
    .map(({ status }) => status)

describe.concurrent('gsa drive get', () => {
  test.for([
    ['breaks off', { fault: 'truncated' }],
    ['is answered with 503', { fault: 'http-503' }],
    ['is refused for its token', { fault: 'invalid-credentials' }],
    ['is reset', { fault: 'reset' }],
    ['meets the limit of the user', { fault: 'user-rate-limit' }],
  ] as const)('goes on when the answer %s', { timeout: 30_000 }, async ([, fault], { gsa, google }) => {
    const content = randomBytes(3 * mebibyte)
    await put(gsa, google, 'a.bin', content)
    const { folder, files } = destination(gsa)
    google.arm({ on: 'drive', after: 1, ...fault })
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', folder)
    expect(run.exitCode, run.stderr).toBe(0)
    expect(readFileSync(join(folder, 'a.bin')).equals(content)).toBe(true)
    expect(files()).toEqual(['a.bin'])
  })

  test('asks only for what is not here yet', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(2 * mebibyte))
    google.arm({ on: 'drive', fault: 'truncated', after: 1 })
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', join(gsa.folder, 'a.bin'), '--debug')
    expect(ranges(google)).toEqual([200, 206])
    expect(run.stderr).toContain(`content-range: bytes ${mebibyte}-${2 * mebibyte - 1}/${2 * mebibyte}`)
  })

  test('goes on with what an interrupted run has left', async ({ gsa, google }) => {
    const content = randomBytes(4 * mebibyte)
    await put(gsa, google, 'a.bin', content)
    const { folder, files } = destination(gsa)
    google.arm({ on: 'drive', fault: 'truncated', after: 1 })
    const first = await gsa.run('drive', 'get', 'a.bin', '-o', folder, { interruptWhen: /trying again/ })
    expect(first.exitCode).toBe(130)
    expect(first.stderr).toContain('the same command goes on from there')
    expect(files()).toEqual([expect.stringMatching(/^gsa-[0-9a-f]{12}\.\d+\.part$/)])
    const second = await gsa.run('drive', 'get', 'a.bin', '-o', folder)
    expect(second.stderr).toContain('Going on after the 2.1 MB')
    expect(readFileSync(join(folder, 'a.bin')).equals(content)).toBe(true)
    expect(files()).toEqual(['a.bin'])
    expect(ranges(google)).toEqual([200, 206])
  })

  test('keeps nothing that is not what Drive has', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(2 * mebibyte))
    const { folder, files } = destination(gsa)
    google.arm({ on: 'drive', fault: 'download-damaged' })
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', folder, '--json')
    expect([run.exitCode, run.error['code']]).toEqual([6, 'content_mismatch'])
    expect(files()).toEqual([])
    google.arm({ on: 'drive', fault: 'download-damaged' })
    expect((await gsa.run('drive', 'get', 'a.bin', '-o', '-')).exitCode).toBe(6)
  })

  test('says that the disk is full, and leaves no part of the file', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(2 * mebibyte))
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', '/dev/full', '--json')
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
    expect(run.error['cause']).toContain('the disk is full')
  })

  test('writes no name of Drive that leads out of the folder, or that no file can have', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const { folder, files } = destination(gsa)
    for (const name of [
      '../escape.txt',
      '/etc/escape.txt',
      '..',
      String.raw`..\escape.txt`,
      'a\nb',
      '🎉'.repeat(200),
    ]) {
      await gsa.run('drive', 'put', '-', '--name', name, { stdin: 'x' })
      const run = await gsa.run('drive', 'get', name, '-o', folder, '--json')
      expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
      expect(run.error['fix']).toContain('--output')
      const chosen = join(folder, 'chosen')
      expect((await gsa.run('drive', 'get', name, '-o', chosen)).exitCode).toBe(0)
      expect(files()).toEqual(['chosen'])
    }
    expect(readdirSync(gsa.folder)).not.toContain('escape.txt')
  })

  test('shows how far it is on a terminal', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(8 * mebibyte))
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', join(gsa.folder, 'a.bin'), { typing: [] })
    expect(run.stderr).toContain('\r\u001b[Ka.bin  100 %  8.4 MB of 8.4 MB')
  })

  test('wants a name or an id, not both', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const args of [[], ['a', '--id', 'b']])
      expect((await gsa.run('drive', 'get', ...args, '--json')).error['code']).toBe('usage')
  })
})
