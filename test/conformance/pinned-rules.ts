import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** A reference to the test that pins a rule: a test file, and a sentence in it. Paths are relative to the checkout. */
export interface Pin {
  readonly test: string
  /** The name of the test, or the part of it that the file contains. */
  readonly sentence: string
}

/** A rule, the code that obeys it, and the tests that prove it. */
export interface Rule {
  readonly id: string
  /** The rule in one line. */
  readonly rule: string
  /** The file to read first. */
  readonly code: string
  readonly pins: readonly Pin[]
}

/** Returns pins of one test file. */
export const pin = (file: string, ...sentences: string[]): Pin[] =>
  sentences.map((sentence) => ({ test: file, sentence }))

/** A page of docs/ that is generated from rules. */
interface RulesPage {
  readonly rules: readonly Rule[]
  /** The required ids, in order: a table that lacks one is incomplete. */
  readonly ids: readonly string[]
  /** The file in docs/. */
  readonly page: string
  /** The text above the table. */
  readonly intro: readonly string[]
}

const root = join(import.meta.dirname, '../..')

/** Tests that each rule is pinned by existing tests, and that the page matches the table. */
export function testRules({ rules, ids, page, intro }: RulesPage): void {
  const texts = new Map<string, string>()
  const textOf = (file: string): string => {
    const text = texts.get(file) ?? (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '')
    texts.set(file, text)
    return text
  }

  test(`has an entry for each of its ${ids.length} ids, once and in order`, () => {
    expect(rules.map(({ id }) => id)).toEqual(ids)
  })

  test.each(rules)('$id is pinned by a test and implemented in code: $rule', ({ code, pins }) => {
    expect(textOf(code), `${code} is not there`).not.toBe('')
    expect(pins.length).toBeGreaterThan(0)
    for (const { test: file, sentence } of pins)
      expect(textOf(file).includes(sentence), `"${sentence}" is not in ${file}`).toBe(true)
  })

  test(`is docs/${page} (npx vitest run test/conformance --update)`, async () => {
    const rows = rules.map(({ id, rule, code, pins }) => {
      const tests = [...new Set(pins.map(({ test: file }) => file))].map((file) => `\`${file}\``).join(', ')
      return `| ${id} | ${rule.replaceAll('|', '\\|')} | \`${code}\` | ${tests} |`
    })
    const text = [...intro, '', '| id | rule | code | tests |', '|---|---|---|---|', ...rows, ''].join('\n')
    await expect(text).toMatchFileSnapshot(`../../docs/${page}`)
  })
}
