import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root, runProgram } from './support/built-gsa.ts'
import { needs } from './support/system-parts.ts'

test("a checkout on Windows has the repository's line endings", async (context) => {
  needs(context, 'git')
  const folder = mkdtempSync(join(tmpdir(), 'gsa-checkout-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  cpSync(join(root, '.gitattributes'), join(folder, '.gitattributes'))
  const files = {
    '.ci/run': '#!/usr/bin/env bash\ntrue\n',
    'README.md': 'one\ntwo\n',
    'test/diagnosis/pasted/from-windows.txt': 'one\r\ntwo\r\nthree\n',
    'picture.png': '\u0089PNG\r\n\u001a\n\0',
  }
  for (const [path, content] of Object.entries(files)) put(path, content)
  // A file that an editor on Windows saves is committed with LF.
  put('src/saved-on-windows.ts', 'one\r\ntwo\r\n')

  const settings = ['-c', 'core.autocrlf=true', '-c', 'user.name=Grace', '-c', 'user.email=grace@example.com']
  const git = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProgram('git', [...settings, ...argv], {
      folder,
      env: { HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
    })
    expect(exitCode, stderr).toBe(0)
    return stdout
  }
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'files')
  await git('rm', '--quiet', '-r', '.')
  await git('checkout', '--quiet', 'HEAD', '--', '.')

  const found = Object.keys(files).map((path) => [path, readFileSync(join(folder, path), 'utf8')])
  expect(Object.fromEntries(found)).toEqual(files)
  expect(readFileSync(join(folder, 'src/saved-on-windows.ts'), 'utf8')).toBe('one\ntwo\n')
})
