import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { folded } from '../../src/files/same-path.ts'
import { isSameStore } from '../../src/stores/store-name.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-same-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('two names of a store that does not exist yet', () => {
  test.each([
    ['file:/secrets/X.age', 'file:/secrets/x.age', { win32: true, darwin: true, linux: false }],
    ['file:/secrets/./x.age', 'file:/secrets/x.age', { win32: true, darwin: true, linux: true }],
    ['file:/secrets/é.age', 'file:/secrets/e\u0301.age', { win32: true, darwin: true, linux: false }],
    ['file:/secrets/x.age', 'file:/secrets/y.age', { win32: false, darwin: false, linux: false }],
    ['helper:Pass', 'helper:pass', { win32: true, darwin: true, linux: false }],
    ['keychain', 'file:keychain', { win32: false, darwin: false, linux: false }],
  ] as const)('%s and %s', (one, other, expected) => {
    for (const platform of ['win32', 'darwin', 'linux'] as const)
      expect([platform, isSameStore(one, other, platform)]).toEqual([platform, expected[platform]])
  })
})

describe('two names of an existing store', () => {
  test('are one store if they lead to one file, whatever they look like', () => {
    const folder = newFolder()
    const [file, link, second, other] = ['x.age', 'link.age', 'second.age', 'X.age'].map((name) => join(folder, name))
    writeFileSync(file ?? '', '')
    symlinkSync(file ?? '', link ?? '')
    linkSync(file ?? '', second ?? '')
    expect(isSameStore(`file:${file}`, `file:${link}`)).toBe(true)
    expect(isSameStore(`file:${file}`, `file:${second}`)).toBe(true)
    // Where the file system distinguishes them, they are two, whatever is usual on the platform.
    writeFileSync(other ?? '', '')
    const isOne = process.platform === 'win32' || process.platform === 'darwin'
    expect(isSameStore(`file:${file}`, `file:${other}`, 'darwin')).toBe(isOne)
  })
})

test("a drive letter's case does not matter", () => {
  expect(folded(String.raw`C:\Users\Ada`, 'win32')).toBe(folded(String.raw`c:\users\ada`, 'win32'))
})
