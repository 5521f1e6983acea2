import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { makeNamedPipe } from '../support/named-pipe.ts'
import { needs } from '../support/system-parts.ts'
import { logIn } from './app-folder.ts'

const mebibyte = 1024 * 1024

async function put(gsa: Gsa, google: Emulator, name: string, content: Buffer): Promise<void> {
  await logIn(gsa, google)
  const run = await gsa.run('drive', 'put', '-', '--name', name, { stdin: content })
  expect(run.exitCode, run.stderr).toBe(0)
}

/** Creates a folder to download to; returns it and a function that lists its files. */
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
    ['is rejected for its token', { fault: 'invalid-credentials' }],
    ['is reset', { fault: 'reset' }],
    ["meets the user's rate limit", { fault: 'user-rate-limit' }],
  ] as const)('resumes when the response %s', async ([, fault], { gsa, google }) => {
    const content = randomBytes(3 * mebibyte)
    await put(gsa, google, 'a.bin', content)
    const { folder, files } = destination(gsa)
    google.arm({ on: 'drive', after: 1, ...fault })
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', folder)
    expect(run.exitCode, run.stderr).toBe(0)
    expect(readFileSync(join(folder, 'a.bin')).equals(content)).toBe(true)
    expect(files()).toEqual(['a.bin'])
  })

  test('requests only the missing part', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(2 * mebibyte))
    google.arm({ on: 'drive', fault: 'truncated', after: 1 })
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', join(gsa.folder, 'a.bin'), '--debug')
    expect(ranges(google)).toEqual([200, 206])
    expect(run.stderr).toContain(`content-range: bytes ${mebibyte}-${2 * mebibyte - 1}/${2 * mebibyte}`)
  })

  test('resumes from what an interrupted run left', async ({ gsa, google }) => {
    const content = randomBytes(4 * mebibyte)
    await put(gsa, google, 'a.bin', content)
    const { folder, files } = destination(gsa)
    google.arm({ on: 'drive', fault: 'truncated', after: 1 })
    const first = await gsa.run('drive', 'get', 'a.bin', '-o', folder, { interruptWhen: /retrying/ })
    expect(first.exitCode).toBe(130)
    expect(first.stderr).toContain('Run the same command again to resume')
    expect(files()).toEqual([expect.stringMatching(/^gsa-[0-9a-f]{12}\.\d+\.part$/)])
    const second = await gsa.run('drive', 'get', 'a.bin', '-o', folder)
    expect(second.stderr).toContain('Resuming after 2.1 MB')
    expect(readFileSync(join(folder, 'a.bin')).equals(content)).toBe(true)
    expect(files()).toEqual(['a.bin'])
    expect(ranges(google)).toEqual([200, 206])
  })

  test('keeps nothing that differs from what Drive has', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(2 * mebibyte))
    const { folder, files } = destination(gsa)
    google.arm({ on: 'drive', fault: 'download-damaged' })
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', folder, '--json')
    expect([run.exitCode, run.error['code']]).toEqual([6, 'content_mismatch'])
    expect(files()).toEqual([])
    google.arm({ on: 'drive', fault: 'download-damaged' })
    expect((await gsa.run('drive', 'get', 'a.bin', '-o', '-')).exitCode).toBe(6)
  })

  test('says that the disk is full, and leaves no partial file', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(2 * mebibyte))
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', '/dev/full', '--json')
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
    expect(run.error['cause']).toContain('the disk is full')
  })

  test('writes no Drive name that leads out of the folder, or that no file can have', async ({ gsa, google }) => {
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

  test('shows its progress on a terminal', async ({ gsa, google }) => {
    await put(gsa, google, 'a.bin', randomBytes(8 * mebibyte))
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', join(gsa.folder, 'a.bin'), { typing: [] })
    expect(run.stderr).toContain('\r\u001b[Ka.bin  100 %  8.4 MB of 8.4 MB')
  })

  test('requires a name or an id, not both', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const args of [[], ['a', '--id', 'b']])
      expect((await gsa.run('drive', 'get', ...args, '--json')).error['code']).toBe('usage')
  })
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Interrupts a download, and returns the name of the partial file. */
async function interrupted(gsa: Gsa, google: Emulator, content: Buffer, target: string): Promise<string> {
  await put(gsa, google, 'a.bin', content)
  google.arm({ on: 'drive', fault: 'truncated', after: 1 })
  const run = await gsa.run('drive', 'get', 'a.bin', '-o', target, { interruptWhen: /retrying/ })
  expect(run.exitCode, run.stderr).toBe(130)
  return join(target, '..', readdirSync(join(target, '..')).find((name) => name.endsWith('.part')) ?? '')
}

describe.concurrent('the file that gsa drive get writes', () => {
  test.for([0o600, 0o640, 0o755])('keeps its mode %o', async (mode, { gsa, google, skip }) => {
    needs({ skip }, 'owners and modes of files')
    await put(gsa, google, 'a.txt', Buffer.from('new'))
    const target = gsa.file('a.txt', 'old')
    chmodSync(target, mode)
    expect((await gsa.run('drive', 'get', 'a.txt', '-o', target)).exitCode).toBe(0)
    expect([readFileSync(target, 'utf8'), modeOf(target)]).toEqual(['new', mode.toString(8)])
  })

  test('has the mode that the umask leaves if it is new, and is private until then', async ({ gsa, google, skip }) => {
    needs({ skip }, 'owners and modes of files')
    const { folder } = destination(gsa)
    const target = join(folder, 'a.bin')
    const part = await interrupted(gsa, google, randomBytes(4 * mebibyte), target)
    expect(modeOf(part)).toBe('600')
    expect((await gsa.run('drive', 'get', 'a.bin', '-o', target)).exitCode).toBe(0)
    expect(modeOf(target)).toBe((0o666 & ~process.umask()).toString(8))
  })

  test('keeps its owner when root writes it', async ({ gsa, google, skip }) => {
    needs({ skip }, 'files of another user')
    await put(gsa, google, 'a.txt', Buffer.from('new'))
    const target = gsa.file('a.txt', 'old')
    chownSync(target, 1234, 1234)
    expect((await gsa.run('drive', 'get', 'a.txt', '-o', target)).exitCode).toBe(0)
    expect([statSync(target).uid, readFileSync(target, 'utf8')]).toEqual([1234, 'new'])
  })

  test('may be behind your own link, which stays', async ({ gsa, google }) => {
    await put(gsa, google, 'a.txt', Buffer.from('new'))
    const target = gsa.file('real.txt', 'old')
    symlinkSync('real.txt', join(gsa.folder, 'link.txt'))
    expect((await gsa.run('drive', 'get', 'a.txt', '-o', join(gsa.folder, 'link.txt'))).exitCode).toBe(0)
    expect(readFileSync(target, 'utf8')).toBe('new')
    expect(lstatSync(join(gsa.folder, 'link.txt')).isSymbolicLink()).toBe(true)
  })

  test.for([
    ['link', (path: string, victim: string) => symlinkSync(victim, path), lchownSync],
    ['link to nothing', (path: string) => symlinkSync(`${path}.new`, path), lchownSync],
    ['named pipe', (path: string) => makeNamedPipe(path), chownSync],
  ] as const)('may not be another user’s %s', async ([, plant, giveAway], { gsa, google, skip }) => {
    needs({ skip }, 'files of another user')
    await put(gsa, google, 'a.txt', Buffer.from('new'))
    const { folder } = destination(gsa)
    const [target, victim] = [join(folder, 'a.txt'), gsa.file('victim', 'untouched')]
    plant(target, victim)
    giveAway(target, 1234, 1234)
    const run = await gsa.run('drive', 'get', 'a.txt', '-o', target, '--json')
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
    expect(run.error['cause']).toContain('another user')
    expect([readFileSync(victim, 'utf8'), existsSync(`${target}.new`)]).toEqual(['untouched', false])
  })

  test('may be a named pipe, which gsa waits for until Ctrl-C', async ({ gsa, google, skip }) => {
    needs({ skip }, 'owners and modes of files')
    const content = randomBytes(mebibyte)
    await put(gsa, google, 'a.bin', content)
    const pipe = join(gsa.folder, 'pipe')
    makeNamedPipe(pipe)
    const given = await gsa.run('drive', 'get', 'a.bin', '-o', pipe, { stdin: 'never-ending', interruptWhen: /^/ })
    expect(given.exitCode).toBe(130)
    const [read, run] = await Promise.all([readFile(pipe), gsa.run('drive', 'get', 'a.bin', '-o', pipe)])
    expect([run.exitCode, read.equals(content)]).toEqual([0, true])
  })
})

describe.concurrent('a file with the name of a partial download', () => {
  // No process ever has this number: the largest is 4194304.
  const ofNobody = (part: string): string => part.replace(/\d+\.part$/, '4194999.part')

  test.for([
    ['a link', (path: string, victim: string) => symlinkSync(victim, path)],
    ['a link to nothing', (path: string) => symlinkSync(`${path}.new`, path)],
    ['a second name for a file', (path: string, victim: string) => linkSync(victim, path)],
    ['a named pipe', (path: string) => makeNamedPipe(path)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a file that others may write to', (path: string) => (writeFileSync(path, 'planted'), chmodSync(path, 0o666))],
    ['another user’s file', (path: string) => (writeFileSync(path, 'planted'), chownSync(path, 1234, 1234))],
  ] as const)('is left alone if it is %s', async ([of, plant], { gsa, google, skip }) => {
    needs({ skip }, of.startsWith('another') ? 'files of another user' : 'owners and modes of files')
    const content = randomBytes(4 * mebibyte)
    const { folder } = destination(gsa)
    const target = join(folder, 'a.bin')
    const left = await interrupted(gsa, google, content, target)
    renameSync(left, join(gsa.folder, 'away'))
    const victim = gsa.file('victim', 'untouched')
    plant(ofNobody(left), victim)
    const before = lstatSync(ofNobody(left))
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', target)
    expect(run.exitCode, run.stderr).toBe(0)
    expect(readFileSync(target).equals(content)).toBe(true)
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    const after = lstatSync(ofNobody(left))
    expect([after.ino, after.mode, after.mtimeMs]).toEqual([before.ino, before.mode, before.mtimeMs])
    expect(existsSync(`${ofNobody(left)}.new`)).toBe(false)
  })

  test('is not written to if it exists where this process would write', async ({ gsa, google, skip }) => {
    needs({ skip }, 'owners and modes of files')
    const { folder } = destination(gsa)
    const target = join(folder, 'a.bin')
    const left = await interrupted(gsa, google, randomBytes(4 * mebibyte), target)
    renameSync(left, join(gsa.folder, 'away'))
    const victim = gsa.file('victim', 'untouched')
    symlinkSync(victim, left)
    const run = await gsa.run('drive', 'get', 'a.bin', '-o', target, '--json')
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
  })
})
