import { describe, expect, test } from 'vitest'
import { persistently } from '../../src/files/persistently.ts'

/** Fails so many times before it works, like a file that another process has open. */
function failing(times: number, code: string): { work: () => string; attempts: () => number } {
  let attempts = 0
  return {
    attempts: () => attempts,
    work: () => {
      if (++attempts <= times) throw Object.assign(new Error(code), { code })
      return 'done'
    },
  }
}

describe('a file that another process has open', () => {
  test.each(['EPERM', 'EACCES', 'EBUSY'])('is retried on Windows, which reports %s', (code) => {
    const { work, attempts } = failing(5, code)
    expect(persistently(work, 'win32')).toBe('done')
    expect(attempts()).toBe(6)
  })

  test('is not retried forever', () => {
    expect(() => persistently(failing(Infinity, 'EBUSY').work, 'win32')).toThrow('EBUSY')
  })

  test.each([
    ['win32', 'ENOENT'],
    ['win32', 'ENOSPC'],
    ['linux', 'EACCES'],
    ['darwin', 'EPERM'],
  ] as const)('is not what %s means by %s', (platform, code) => {
    const { work, attempts } = failing(1, code)
    expect(() => persistently(work, platform)).toThrow(code)
    expect(attempts()).toBe(1)
  })
})
