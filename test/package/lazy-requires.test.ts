import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { withLazyRequires } from '../../scripts/lazy-requires.js'

const required = 'const other = require("./other.cjs");'

/** Runs a chunk; returns the modules that it loads, and the value that it then exports as `result`. */
function run(code: string): { readonly loaded: readonly string[]; readonly result: unknown } {
  const loaded: string[] = []
  const load = (name: string): unknown => {
    loaded.push(name)
    return { a: 1, add: (x: number, y: number) => x + y }
  }
  const result: unknown = runInNewContext(`(() => { ${withLazyRequires(code)}\n})()`, { require: load })
  return { loaded, result }
}

describe('a chunk in dist/', () => {
  test.each([
    ['does not load a module that it does not use', `${required}\nfunction later() { return other.a }`, [], undefined],
    ['loads a module at its first use, once', `${required}\nreturn other.a + other.add(2, 3)`, ['./other.cjs'], 6],
    [
      'defers a module whose name or export has a $',
      `const a$b = require("./other.cjs");\nfunction later() { return a$b.$ + a$b.x$y }`,
      [],
      undefined,
    ],
    ['loads a module in a spread', `${required}\nreturn [...other.add(1, 1).toString()].length`, ['./other.cjs'], 1],
    ['immediately loads what it uses as a whole', `${required}\nconst all = other\nreturn all.a`, ['./other.cjs'], 1],
    [
      'immediately loads what it passes on, even if it never gets there',
      `${required}\nfunction later() { return [other, other.a] }`,
      ['./other.cjs'],
      undefined,
    ],
    [
      'does not treat a property of the same name as a use',
      `${required}\nconst x = { other: 5 }\nreturn x.other`,
      ['./other.cjs'],
      5,
    ],
    [
      'does not treat a longer name as a use',
      `${required}\nconst another = 1, other$ = 2\nreturn another + other$`,
      [],
      3,
    ],
    [
      "keeps calls of a module's function without this",
      `  let other = require("./other.cjs");\nreturn (0, other.add)(1, 2)`,
      ['./other.cjs'],
      3,
    ],
    [
      'loads a module for its effects where the name stands nowhere else',
      `require("./other.cjs");\nreturn 1`,
      ['./other.cjs'],
      1,
    ],
  ])('%s', (_, code, loaded, result) => {
    expect(run(code)).toEqual({ loaded, result })
  })

  test('keeps its lines, so that its source map stays valid', () => {
    const code = `"use strict";\nconst b = require("./other.cjs");\nconst path = require("node:path");\nexports.x = () => b.a + path.sep;`
    const lazy = withLazyRequires(code)
    expect(lazy.split('\n')).toHaveLength(4)
    expect(lazy.split('\n')[1]).toBe(
      'let b_loaded; const b_load = () => (b_loaded ??= require("./other.cjs")), b = { get a() { return b_load().a } };',
    )
  })
})
