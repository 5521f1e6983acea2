import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { setMaxListeners } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withLock } from '../../src/files/lock.ts'

let folder = ''
const file = (): string => join(folder, 'deep', 'x.lock')
const signal = new AbortController().signal
// Twenty wait at once in one of the tests, and each listens for an interruption.
setMaxListeners(0, signal)
const lock = <T>(work: () => Promise<T>, onWait?: (sentence: string) => void): Promise<T> =>
  withLock(file(), { purpose: 'a test', signal, onWait }, work)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gsa-lock-'))
  mkdirSync(join(folder, 'deep'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** What a lock file of this process looks like, with changes. */
async function lockText(change: object = {}): Promise<string> {
  const text = await lock(() => Promise.resolve(readFileSync(file(), 'utf8')))
  return JSON.stringify({ ...(JSON.parse(text) as object), ...change })
}

describe('a lock', () => {
  test('lets one in at a time, and leaves no file behind', async () => {
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

  test('is free again when the work fails', async () => {
    await expect(lock(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await lock(() => Promise.resolve('next'))).toBe('next')
  })

  test.each([
    ['a process that is gone', () => ({ pid: spawnSync('true').pid })],
    ['another process with a reused number', () => ({ pid: process.ppid, started: '1' })],
    ['an earlier life of this process', () => ({ started: '1' })],
  ])('of %s is taken over at once', async (_, change) => {
    writeFileSync(file(), await lockText(change()))
    expect(await lock(() => Promise.resolve('in'))).toBe('in')
  })

  test.each([
    ['nobody, written by a process that was killed', ''],
    ['somebody who cannot be read', '{"pid":'],
    ['another machine, from long ago', undefined],
  ])('of %s is taken over when it is old', async (_, text) => {
    writeFileSync(file(), text ?? (await lockText({ host: 'elsewhere' })))
    const longAgo = new Date(Date.now() - 600_000)
    utimesSync(file(), longAgo, longAgo)
    expect(await lock(() => Promise.resolve('in'))).toBe('in')
  })

  test('of a living process is waited for, which is said once', async () => {
    const said: string[] = []
    writeFileSync(file(), await lockText({ pid: process.ppid, started: null }))
    const waiting = lock(
      () => Promise.resolve('in'),
      (sentence) => {
        said.push(sentence)
        rmSync(file())
      },
    )
    expect(await waiting).toBe('in')
    expect(said).toEqual([`Waiting for another gsa (process ${process.ppid}), which does a test …`])
  })

  test('is not waited for after Ctrl-C', async () => {
    const interruption = new AbortController()
    writeFileSync(file(), await lockText({ pid: process.ppid, started: null }))
    const waiting = withLock(file(), { purpose: 'a test', signal: interruption.signal }, () => Promise.resolve('in'))
    interruption.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
  })

  test('that cannot be made is a failure of the store', async () => {
    rmSync(join(folder, 'deep'), { recursive: true })
    writeFileSync(join(folder, 'deep'), 'a file where a folder should be')
    await expect(lock(() => Promise.resolve('in'))).rejects.toMatchObject({ code: 'config_unusable', exitCode: 7 })
  })
})
