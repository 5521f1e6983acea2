import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { withOwnNamespaces } from '../../scripts/own-namespaces.js'

const runtime = 'const require_rolldown_runtime = require("./rolldown-runtime-abc.cjs");'
const namespace = (name: string): string =>
  `var ${name}_exports = /* @__PURE__ */ require_rolldown_runtime.n({ ${name}: () => ${name} });`

/** Runs a chunk; returns the modules that it loads, and its result. */
function run(code: string): { readonly loaded: readonly string[]; readonly result: unknown } {
  const loaded: string[] = []
  const load = (name: string): unknown => {
    loaded.push(name)
    return { n: () => ({}), r: (module: unknown) => module }
  }
  const result: unknown = runInNewContext(`(() => { ${withOwnNamespaces(code)}\n})()`, { require: load })
  return { loaded, result }
}

describe('a chunk in dist/', () => {
  test('needs no other file for the exports of its modules', () => {
    const code = `${runtime}\n${namespace('a')}\n${namespace('b')}\nfunction a() { return 1 }\nfunction b() { return 2 }`
    expect(run(`${code}\nreturn a_exports.a() + b_exports.b()`)).toEqual({ loaded: [], result: 3 })
  })

  test('shows the current value of an export', () => {
    const code = `${runtime}\n${namespace('a')}\nlet a = 1\na = 2`
    expect(run(`${code}\nreturn a_exports.a`)).toEqual({ loaded: [], result: 2 })
  })

  test('keeps its lines, for the source map', () => {
    const code = `${runtime}\n${namespace('a')}\nlet a = 1`
    expect(withOwnNamespaces(code).split('\n').slice(1)).toEqual(code.split('\n').slice(1))
  })

  test('loads the file if it needs other functions of it', () => {
    const code = `${runtime}\n${namespace('a')}\nlet a = 1\nlet b = require_rolldown_runtime.r({})\nreturn b`
    expect(run(code).loaded).toEqual(['./rolldown-runtime-abc.cjs'])
  })

  test('without such modules stays as it is', () => {
    expect(withOwnNamespaces('const a = 1')).toBe('const a = 1')
  })
})
