import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { programCandidates, programOnPath } from '../../src/core/program-on-path.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-path-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function newProgram(folder: string, mode = 0o755): string {
  const file = join(folder, 'tool')
  writeFileSync(file, '#!/bin/sh\n', { mode })
  return file
}

describe.skipIf(process.platform === 'win32')('a program on PATH', () => {
  test('is the first executable one, by its absolute path', () => {
    const [empty, data, folderOfThatName, first, second] = [
      newFolder(),
      newFolder(),
      newFolder(),
      newFolder(),
      newFolder(),
    ]
    newProgram(data, 0o644)
    mkdirSync(join(folderOfThatName, 'tool'))
    symlinkSync(newProgram(second), join(first, 'tool'))
    const PATH = [empty, data, folderOfThatName, first, second].join(':')
    expect(programOnPath('tool', { PATH }, process.platform)).toBe(join(first, 'tool'))
  })

  test.each([
    ['an empty entry', (): string => ''],
    ['a dot', (): string => '.'],
    ['a relative folder', (folder: string): string => relative(process.cwd(), folder)],
  ])('is not looked up where PATH has %s', (_, entryFor) => {
    const folder = newFolder()
    newProgram(folder)
    expect(programOnPath('tool', { PATH: `${entryFor(folder)}:${newFolder()}` }, process.platform)).toBeUndefined()
    expect(programOnPath('tool', { PATH: `${entryFor(folder)}:${folder}` }, process.platform)).toBe(
      join(folder, 'tool'),
    )
  })

  test.each([[{}], [{ PATH: '' }]])('is not found without a PATH (%j)', (env) => {
    expect(programOnPath('sh', env, process.platform)).toBeUndefined()
  })
})

describe('on Windows, a program', () => {
  test.each<[what: string, name: string, env: Record<string, string>, candidates: readonly string[]]>([
    [
      'has one of two endings',
      'tool',
      { PATH: String.raw`C:\a` },
      [String.raw`C:\a\tool.com`, String.raw`C:\a\tool.exe`],
    ],
    ['may be named with its ending', 'tool.EXE', { PATH: String.raw`C:\a` }, [String.raw`C:\a\tool.EXE`]],
    [
      'is looked up in the order of Path',
      't.exe',
      { Path: String.raw`D:\b;C:/a` },
      [String.raw`D:\b\t.exe`, String.raw`C:\a\t.exe`],
    ],
    [
      'may be in a quoted folder',
      't.exe',
      { Path: String.raw`"C:\Program Files\T"` },
      [String.raw`C:\Program Files\T\t.exe`],
    ],
    ['may be on another machine', 't.exe', { PATH: String.raw`\\files\tools` }, [String.raw`\\files\tools\t.exe`]],
    ['is not looked up in the current folder', 't.exe', { PATH: String.raw`;.;.\bin;bin;..;C:;C:bin;\bin` }, []],
    ['is not found without a PATH', 'tool', {}, []],
  ])('%s', (_, name, env, candidates) => {
    expect(programCandidates(name, env, 'win32')).toEqual(candidates)
  })
})
