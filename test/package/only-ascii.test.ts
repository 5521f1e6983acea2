import { SourceMap, type SourceMapPayload } from 'node:module'
import { runInNewContext } from 'node:vm'
import { minifySync } from 'rolldown/utils'
import { describe, expect, test } from 'vitest'
import { withOnlyAscii } from '../../scripts/only-ascii.js'

const source = [
  'const quote = "’…"',
  'const marked = (text) => `${text} ✓\\n` + "€".replace(/[€]/u, "😀")',
  'const fail = (text) => { if (text === "→") throw new RangeError("–" + text); throw new TypeError(`…${text}`) }',
  'result = { text: quote + marked("ü"), fail }',
].join('\n')

const minified = minifySync('x.js', source, { module: false, sourcemap: true, mangle: false })

describe('code with escapes', () => {
  const { code, map } = withOnlyAscii('x.js', minified.code, minified.map)

  test('has only ASCII, and does the same as before', () => {
    expect(minified.code).toMatch(/[^\0-\x7f]/)
    expect(code).not.toMatch(/[^\0-\x7f]/)
    const run = (text: string): unknown => runInNewContext(`${text}\nresult.text`, { result: undefined })
    expect(run(code)).toBe(run(minified.code))
    expect(run(code)).toBe('’…ü ✓\n😀')
  })

  test.each(['RangeError', 'TypeError', 'fail }', 'marked("'])(
    'has a map that leads from %s to its place',
    (wanted) => {
      const shown = wanted.replaceAll('"', '`').replace(' ', '')
      const line = code.split('\n').findIndex((text) => text.includes(shown))
      const column = code.split('\n')[line]?.indexOf(shown) ?? -1
      const entry = new SourceMap(map as SourceMapPayload).findEntry(line, column)
      expect(entry).toHaveProperty('originalLine')
      const { originalLine, originalColumn } = entry as { originalLine: number; originalColumn: number }
      expect(source.split('\n')[originalLine]?.slice(originalColumn).startsWith(wanted)).toBe(true)
    },
  )

  test('never has one in a tagged template, whose tag can read it', () => {
    expect(() => withOnlyAscii('x.js', 'a=String.raw`…`+`…`')).toThrow('x.js: write only ASCII in `…`')
  })

  test('never turns a backslash before a character into one of an escape', () => {
    expect(() => withOnlyAscii('x.js', 'a=/\\…/')).toThrow('a backslash before …')
  })
})
