import { SourceMap, type SourceMapPayload } from 'node:module'
import { minifySync } from 'rolldown/utils'
import { describe, expect, test } from 'vitest'
import { withLineBreaks } from '../../scripts/line-breaks.js'

const source = [
  'const one = "’", two = [1, 2]',
  'export function first(value) {\n  if (value === two) throw new TypeError("first")\n  return one\n}',
  'const text = `a\n  b ${first(3)}\nc`',
  'class Third { go() { throw new RangeError("third") } }',
  'export { text, Third }',
].join('\n')

const minified = minifySync('x.js', source, { module: true, sourcemap: true, mangle: false })

describe('minified code', () => {
  const { code, map } = withLineBreaks('x.js', minified.code, minified.map)

  test('has a line for each statement and declaration, and the lines of its texts', () => {
    const lines = code.split('\n')
    expect(lines.filter((line) => /^(?:const |export function|class |two|text|export\{)/.test(line)).length).toBe(
      lines.filter((line) => !/^ {2}b |^c`/.test(line)).length,
    )
    expect(lines.length).toBeGreaterThan(6)
    expect(code).toContain('`a\n  b ')
  })

  test('does the same as before', async () => {
    const load = async (text: string): Promise<{ text: string }> =>
      (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { text: string }
    expect((await load(code)).text).toBe((await load(minified.code)).text)
  })

  test.each(['TypeError', 'RangeError', '"first"', '"third"'])(
    'has a map that leads from %s to its place',
    (wanted) => {
      const shown = wanted.replaceAll('"', '`')
      const line = code.split('\n').findIndex((text) => text.includes(shown))
      const column = code.split('\n')[line]?.indexOf(shown) ?? -1
      const entry = new SourceMap(map as SourceMapPayload).findEntry(line, column)
      expect(entry).toHaveProperty('originalLine')
      const { originalLine, originalColumn } = entry as { originalLine: number; originalColumn: number }
      expect(source.split('\n')[originalLine]?.slice(originalColumn)).toMatch(new RegExp(`^${wanted}`))
    },
  )
})
