import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checklist, checklistIds } from './checklist.ts'

const root = join(import.meta.dirname, '../..')
const texts = new Map<string, string>()

function textOf(file: string): string {
  const text = texts.get(file) ?? (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '')
  texts.set(file, text)
  return text
}

describe('the security checklist', () => {
  test('has an entry for each of its 64 ids, once and in order', () => {
    expect(checklistIds).toHaveLength(64)
    expect(checklist.map(({ id }) => id)).toEqual(checklistIds)
  })

  test.each(checklist)('$id is pinned by a test, and there is code that obeys it: $rule', ({ code, pins }) => {
    expect(textOf(code), `${code} is not there`).not.toBe('')
    expect(pins.length).toBeGreaterThan(0)
    for (const { test: file, sentence } of pins)
      expect(textOf(file).includes(sentence), `"${sentence}" is not in ${file}`).toBe(true)
  })

  test('is docs/checklist.md (npx vitest run test/conformance/checklist.test.ts --update)', async () => {
    const rows = checklist.map(({ id, rule, code, pins }) => {
      const tests = [...new Set(pins.map(({ test: file }) => file))].map((file) => `\`${file}\``).join(', ')
      return `| ${id} | ${rule.replaceAll('|', '\\|')} | \`${code}\` | ${tests} |`
    })
    const page = [
      '# The security checklist',
      '',
      'Made from `test/conformance/checklist.ts`, where the sentence of each test is named. N: native apps (RFC 8252), P: PKCE (RFC 7636), O: OAuth (RFC 6749, 6750, 9207,',
      '9700), D: device flow (RFC 8628), V: revocation (RFC 7009), I: ID tokens (OpenID Connect Core, RFC 7519, RFC 8725).',
      '',
      '| id | rule | code | tests |',
      '|---|---|---|---|',
      ...rows,
      '',
    ].join('\n')
    await expect(page).toMatchFileSnapshot('../../docs/checklist.md')
  })
})
