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
      [],
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

  test('constructs an instance of a class of a module', () => {
    const code = `const errors = require("./errors.cjs");\nreturn new errors.Failure("why").reason`
    const Failure = class {
      readonly reason: string
      constructor(reason: string) {
        this.reason = reason
      }
    }
    const context = { require: () => ({ Failure }) }
    expect(runInNewContext(`(() => { ${withLazyRequires(code)}\n})()`, context)).toBe('why')
  })

  test('keeps the position of each use, so that its source map stays valid', () => {
    const code = `"use strict";\nconst node_path = require("node:path");\nexports.x = () => [new node_path.Y(1), node_path.sep];`
    const lazy = withLazyRequires(code).split('\n')
    expect(lazy).toEqual([
      '"use strict";',
      'let $0_, $0 = () => ($0_ ??= require("node:path"));',
      'exports.x = () => [new ($0(   ).Y)(1), $0(     ).sep];',
    ])
    expect(lazy[2]).toHaveLength(code.split('\n')[2]?.length ?? 0)
  })

  test('keeps the names that it has', () => {
    const code = `const other = require("./other.cjs");\nlet $0 = 4;\nreturn $0 + other.a`
    expect(run(code)).toEqual({ loaded: ['./other.cjs'], result: 5 })
  })
})
