import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { setMaxListeners } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '../../src/failures/index.ts'
import { type HeldLock, withLock } from '../../src/files/lock.ts'
import { inFastTime } from '../support/fast-time.ts'
import { makeNamedPipe } from '../support/named-pipe.ts'
import { asUser } from '../support/other-user.ts'
import { needs } from '../support/system-parts.ts'

let folder = ''
const file = (): string => join(folder, 'deep', 'x.lock')
const { signal } = new AbortController()
// Twenty wait at the same time in one of the tests, and each listens for an interruption.
setMaxListeners(0, signal)
const lock = <T>(work: (lock: HeldLock) => Promise<T>, onWait?: (sentence: string) => void): Promise<T> =>
  withLock(file(), { purpose: 'a test', signal, onWait }, work)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gsa-lock-'))
  mkdirSync(join(folder, 'deep'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Returns the content of a lock file of this process, with changes. */
async function lockText(change: object = {}): Promise<string> {
  const text = await lock(() => Promise.resolve(readFileSync(file(), 'utf8')))
  return JSON.stringify({ ...(JSON.parse(text) as object), ...change })
}

describe('a lock', () => {
  test('admits one process at a time, and leaves no file behind', async () => {
    let inside = 0
    let most = 0
    const entered = await Promise.all(
      Array.from({ length: 20 }, async () =>
        lock(async () => {
          most = Math.max(most, ++inside)
          await new Promise((resolve) => setImmediate(resolve))
          inside--
        }),
      ),
    )
    expect([most, entered.length, existsSync(file())]).toEqual([1, 20, false])
  })

  test('is released when the work fails', async () => {
    await expect(lock(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await lock(() => Promise.resolve('next'))).toBe('next')
  })

  test.each([
    ['a process that has exited', () => ({ pid: spawnSync(process.execPath, ['--version']).pid, kernel: false })],
    // On Windows and macOS no process holds the kernel lock that belongs to it; elsewhere the process started at
    // another time.
    ['another process with a reused number', () => ({ pid: process.ppid, started: '1' })],
    ['an earlier boot of this process', () => ({ started: '1' })],
  ])('of %s is taken over immediately', async (_, change) => {
    writeFileSync(file(), await lockText(change()))
    expect(await lock(() => Promise.resolve('in'))).toBe('in')
  })

  test('of a process that has exited, but whose parent does not reap it, is taken over immediately', async ({
    skip,
  }) => {
    if (process.platform !== 'linux') skip('only Linux has zombies and a /proc to see them in')
    // sh starts a process, and becomes one that never reads its exit status. The process exits after that: sh itself
    // would read it.
    const child = 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do sleep 0.05; done'
    const parent = spawn('sh', ['-c', `sh -c '${child}' & echo $!; exec sleep 100`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void parent.kill())
    const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)))
    const stateOf = (): string[] => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    await expect.poll(() => stateOf()[0], { timeout: 60_000 }).toBe('Z')
    writeFileSync(file(), await lockText({ pid, started: stateOf()[19] }))
    expect(await lock(() => Promise.resolve('in'))).toBe('in')
  })

  test.each([
    ['no process, written by one that was killed', ''],
    ['an unreadable owner', '{"pid":'],
    ['another machine, from long ago', { host: 'elsewhere' }],
    ['a process that cannot be identified by its number', { pid: 1, started: null, kernel: false }],
  ])('of %s is taken over when it is old', async (_, content) => {
    writeFileSync(file(), typeof content === 'string' ? content : await lockText(content))
    const longAgo = new Date(Date.now() - 600_000)
    utimesSync(file(), longAgo, longAgo)
    expect(await lock(() => Promise.resolve('in'))).toBe('in')
  })

  test('of a process that was killed while it wrote its lock does not count as held', async () => {
    writeFileSync(file(), '')
    const busy = (): Failure => new Failure('upload_running', { file: 'a', owner: 'another gsa' })
    const inside = withLock(file(), { purpose: 'a test', signal, busy }, () => Promise.resolve('in'))
    expect(await inside).toBe('in')
  })

  test('of a living process is not waited for by work that may take an hour', async () => {
    writeFileSync(file(), await lockText({ pid: process.ppid, started: null, kernel: false }))
    const busy = (owner: string): Failure => new Failure('upload_running', { file: 'a', owner })
    const inside = withLock(file(), { purpose: 'a test', signal, busy }, () => Promise.resolve('in'))
    await expect(inside).rejects.toMatchObject({ code: 'upload_running' })
  })

  test('of a living process makes gsa wait and say so once', async () => {
    const said: string[] = []
    writeFileSync(file(), await lockText({ pid: process.ppid, started: null, kernel: false }))
    const waiting = lock(
      () => Promise.resolve('in'),
      (sentence) => {
        said.push(sentence)
        rmSync(file())
      },
    )
    expect(await waiting).toBe('in')
    expect(said).toEqual([`Waiting for another gsa (process ${process.ppid}), which is busy with a test …`])
  })

  test('is not waited for after Ctrl-C', async () => {
    const interruption = new AbortController()
    writeFileSync(file(), await lockText({ pid: process.ppid, started: null, kernel: false }))
    const waiting = withLock(file(), { purpose: 'a test', signal: interruption.signal }, () => Promise.resolve('in'))
    interruption.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
  })

  test('that cannot be created is a store failure', async () => {
    rmSync(join(folder, 'deep'), { recursive: true })
    writeFileSync(join(folder, 'deep'), 'a file where a folder should be')
    await expect(lock(() => Promise.resolve('in'))).rejects.toMatchObject({ code: 'config_unusable', exitCode: 7 })
  })

  test('is kept fresh, so that another machine sees that its owner is alive', async () => {
    await inFastTime(async () =>
      lock(async () => {
        utimesSync(file(), 0, 0)
        await new Promise((resolve) => setTimeout(resolve, 60_000))
        expect(statSync(file()).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
      }),
    )
  })

  test("is confirmed until another machine takes it over, and that machine's lock is then left alone", async () => {
    const working = lock((held) => {
      held.confirm()
      renameSync(file(), `${file()}.old`)
      writeFileSync(file(), 'of another machine')
      held.confirm()
      return Promise.resolve()
    })
    await expect(working).rejects.toMatchObject({ code: 'lock_lost', exitCode: 7 })
    expect(readFileSync(file(), 'utf8')).toBe('of another machine')
  })
})

const inItsPlace: readonly (readonly [string, (path: string) => unknown])[] = [
  ['a named pipe', (path) => makeNamedPipe(path)],
  ['a link to an endless device', (path) => symlinkSync('/dev/zero', path)],
  ['a link to a file of the user', (path) => symlinkSync('/etc/hostname', path)],
  ['a link to nothing', (path) => symlinkSync('nothing', path)],
  ['a folder', (path) => mkdirSync(path)],
]

describe('in place of a lock file', () => {
  test.for(inItsPlace)('%s is a store failure, immediately', async ([, put], { skip }) => {
    needs({ skip }, 'owners and modes of files')
    put(file())
    await expect(lock(() => Promise.resolve('in'))).rejects.toMatchObject({ code: 'config_unusable', exitCode: 7 })
    expect(existsSync('/etc/hostname')).toBe(true)
  })

  test.for(inItsPlace)('%s does not count as permission to take one over', async ([, put], { skip }) => {
    needs({ skip }, 'owners and modes of files')
    writeFileSync(file(), await lockText({ started: '1' }))
    put(`${file()}.takeover`)
    await expect(lock(() => Promise.resolve('in'))).rejects.toMatchObject({ code: 'config_unusable', exitCode: 7 })
  })

  test('another user’s file, which names the first process, is a store failure, immediately', async ({ skip }) => {
    needs({ skip }, 'files of another user')
    writeFileSync(file(), await lockText({ pid: 1, started: null }))
    chownSync(file(), 1234, 1234)
    await expect(lock(() => Promise.resolve('in'))).rejects.toMatchObject({
      code: 'config_unusable',
      details: {
        problem: `it belongs to another user (uid 1234); wait for process 1 of user 1234, or, if it is no longer running, remove it: rm ${file()}`,
      },
    })
  })

  test("the owner of the folder is waited for by root, and finds a readable lock of root's", async ({ skip }) => {
    needs({ skip }, 'files of another user')
    chownSync(join(file(), '..'), 1234, 1234)
    await lock(() => Promise.resolve(expect(statSync(file()).uid).toBe(1234)))
    writeFileSync(file(), await lockText({ pid: 1, started: null }))
    chownSync(file(), 1234, 1234)
    const waiting = lock(() => Promise.resolve('in'))
    rmSync(file())
    expect(await waiting).toBe('in')
  })

  test('a folder that becomes unreadable meanwhile does not hide the result of the work', async ({ skip }) => {
    needs({ skip }, 'files of another user')
    await asUser(1234, folder, async () => {
      const done = await lock(() => {
        chmodSync(join(file(), '..'), 0o000)
        return Promise.resolve('done')
      })
      expect(done).toBe('done')
    })
  })

  test('an endless file is read no further than a lock is long', async () => {
    writeFileSync(file(), 'x'.repeat(10_000_000))
    utimesSync(file(), 0, 0)
    expect(await lock(() => Promise.resolve('in'))).toBe('in')
  })
})
