import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { withShortExports } from '../../scripts/short-exports.js'

const getter = (name: string, local: string): string =>
  `Object.defineProperty(exports, "${name}", {\n  enumerable: true,\n  get: function () {\n    return ${local};\n  }\n});`

/** Runs a chunk that exports these variables under their own names, and then `later`; returns the exports. */
function run(code: string, names: readonly string[], later: string): unknown {
  const chunk = withShortExports([code, ...names.map((name) => getter(name, name))].join('\n'))
  const exports = {}
  runInNewContext(`(() => { ${chunk}\n${later}\n})()`, { exports })
  return { ...exports }
}

describe('a chunk in dist/', () => {
  test.each([
    ['a constant', 'const a = 1', '', 1],
    ['a variable that changes later', 'let a = 1', 'a = 2', 2],
    ['a variable that counts later', 'var a = 1\nfunction more() { a++ }', 'more()', 2],
    ['a variable of a name that begins like another', 'var a = 1\nlet ab = 2', 'ab = 3', 1],
    ['a variable that is compared', 'var a = 1\nconst is = () => a === 1 || a >= 2 || a == 3', '', 1],
  ])('exports %s', (_, code, later, value) => {
    expect(run(code, ['a'], later)).toEqual({ a: value })
  })

  test('exports functions and classes under their names', () => {
    expect(run('function a() { return b }\nasync function b() {}\nclass c {}', ['a', 'b', 'c'], '')).toEqual({
      a: expect.any(Function) as unknown,
      b: expect.any(Function) as unknown,
      c: expect.any(Function) as unknown,
    })
  })

  test('has one statement for all constants', () => {
    const code = `const x = 1, y = 2;\nfunction z() {}\n${getter('a', 'z')}\n${getter('$', 'x')}\n${getter('c', 'y')}`
    expect(withShortExports(code)).toBe(
      `const x = 1, y = 2;\nfunction z() {}\n\n\n${getter('c', 'y')}\nObject.assign(exports, { a: z, $: x });`,
    )
  })
})
