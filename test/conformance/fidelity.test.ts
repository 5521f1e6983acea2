import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { send } from '../emulator/raw-http.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Returns the names of all emulator tests as vitest prints them, by file without its extension. Errors outside the
 * tests make vitest list nothing and succeed, so its list goes into a file that must exist afterwards. One process
 * reads all tests, because a busy machine may not start thirty in time.
 */
function testNames(): Map<string, string[]> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  // Excludes this file's folder: it would list itself endlessly.
  const folders = ['test/emulator', 'test/official-clients', 'test/third-party-clients', 'test/browser']
  const folder = mkdtempSync(join(tmpdir(), 'gsa-test-names-'))
  try {
    const list = join(folder, 'tests.json')
    const args = [vitest, 'list', ...folders, '--no-isolate', '--maxWorkers=1', `--json=${list}`]
    const { stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    if (!existsSync(list)) throw new Error(`vitest lists no tests\n${stderr}`)
    const tests = JSON.parse(readFileSync(list, 'utf8')) as { name: string; file: string }[]
    const names = new Map<string, string[]>()
    for (const { name, file } of tests) {
      const key = basename(file, '.test.ts')
      names.set(key, [...(names.get(key) ?? []), name.split(' > ').at(-1) ?? ''])
    }
    return names
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Vitest puts quotes around the words that a table inserts into a name.
const unquoted = (name: string): string => name.replaceAll(/['"]/g, '')

const text = readFileSync(join(root, 'docs/emulator.md'), 'utf8')

/** Returns the last cells of the tables below "Fidelity" in docs/emulator.md, each with its first cell. */
const rows = text
  .split('\n## Fidelity\n')[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| behavior'))
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  )
  .map((cells) => ({ what: cells[0] ?? '', confidence: cells[1] ?? '', tests: cells.at(-1) ?? '' }))

describe('the fidelity table', () => {
  const names = testNames()

  test('has its rows', () => {
    expect(rows?.length).toBeGreaterThan(150)
  })

  test('says of each row where it comes from', () => {
    const known = /^(?:recorded \d{4}(?:-\d\d){0,2}|documented|seen in a client|inferred|our choice)$/
    expect(rows?.filter(({ confidence }) => !known.test(confidence))).toEqual([])
  })

  test.each(rows ?? [])('names an existing test for: $what', ({ tests }) => {
    if (tests === 'the same') return
    let file = ''
    for (const part of tests.split('; ')) {
      const [, named, rest] = /^([a-z-]+): (.*)$/.exec(part) ?? []
      if (named !== undefined && names.has(named)) file = named
      const beginning = named === file ? (rest ?? '') : part
      const found = names.get(file)?.some((name) => unquoted(name).startsWith(unquoted(beginning))) ?? false
      expect(found, `no test of ${file}.test.ts begins with "${beginning}"`).toBe(true)
    }
  })
})

test('docs/emulator.md names every fault', async () => {
  const google = await startEmulator()
  try {
    const answer = await send(`${google.controlUrl}/faults`)
    const faults: { fault: string }[] = answer.json.faults
    expect(faults.length).toBeGreaterThan(100)
    expect(faults.filter(({ fault }) => !text.includes(`\`${fault}\``))).toEqual([])
  } finally {
    await google.close()
  }
})
