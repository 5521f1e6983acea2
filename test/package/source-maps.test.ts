import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failureTable } from '../../src/failures/table.ts'
import { root, runProgram } from '../support/built-gsa.ts'

const readStack = join(root, 'scripts/read-stack.js')

describe('the source maps of a build', () => {
  test('turn a stack trace of the built program into one of src/', async () => {
    const crash = `require('${join(root, 'dist/index.cjs')}').accessToken({ store: 'nonsense', env: {} })`
    const { stderr } = await runProgram(process.execPath, ['-e', crash])
    expect(stderr).toContain('.cjs:')
    const { stdout } = await runProgram(process.execPath, [readStack], { stdin: stderr })
    const [, file = '', line] = /\((src\/accounts\/[\w-]+\.ts):(\d+):\d+\)/.exec(stdout) ?? []
    expect(readFileSync(join(root, file), 'utf8').split('\n')[Number(line) - 1]).toContain(
      "new Failure('store_unknown'",
    )
    expect(stdout).toMatch(/\bsrc\/index\.ts:\d+:\d+/)
  })

  test('leave an unmapped line unchanged', async () => {
    const line = '    at other (/elsewhere/program-12345678.cjs:1:2)\n    at node:internal/process:3:4\n'
    expect(await runProgram(process.execPath, [readStack], { stdin: line })).toMatchObject({
      exitCode: 0,
      stdout: line,
    })
  })

  test('lead every failure in dist/ to the line that throws it', () => {
    const found: string[] = []
    const expected: string[] = []
    for (const file of readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.cjs'))) {
      // Entries that only re-export have none.
      if (!existsSync(join(root, 'dist.maps', `${file}.map`))) continue
      const map = new SourceMap(
        JSON.parse(readFileSync(join(root, 'dist.maps', `${file}.map`), 'utf8')) as SourceMapPayload,
      )
      for (const [at, line] of readFileSync(join(root, 'dist', file), 'utf8')
        .split('\n')
        .entries())
        for (const { index, 1: code = '' } of line.matchAll(
          /new(?: [\w$]+|\([\w$]+\(\)\))(?:\.[\w$]+)?\(["'`](\w+)["'`]/g,
        )) {
          // Snippets contain such expressions of other languages.
          if (!Object.hasOwn(failureTable, code)) continue
          const entry = map.findEntry(at, index)
          if (!('originalSource' in entry) || !entry.originalSource.startsWith('../src/')) continue
          const source = readFileSync(join(root, 'dist', entry.originalSource), 'utf8').split('\n')
          // Prettier breaks after the parenthesis.
          const [own = '', next = ''] = source.slice(entry.originalLine)
          found.push(`${file}: ${/'(\w+)'/.exec(own.slice(entry.originalColumn) + next)?.[1]}`)
          expected.push(`${file}: ${code}`)
        }
    }
    expect(expected.length).toBeGreaterThan(200)
    expect(found).toEqual(expected)
  })
})
