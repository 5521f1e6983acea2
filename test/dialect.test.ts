import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The code that a rule accepts, and the code it refuses, with the number of errors and the result of its fix. */
interface Samples {
  readonly valid: readonly string[]
  readonly invalid: readonly (readonly [code: string, errors: number, fixed?: string])[]
}

const wide = 'word '.repeat(24).trim()
const samples: Readonly<Record<string, Samples>> = {
  'readonly-members': {
    valid: [
      'interface A { readonly a: string; b(): void }',
      'type A = { readonly [name: string]: string }',
      'const a = row<{ host: string }>(1)',
      'type A = Readonly<{ a: string }>',
      'interface A {\n  /** How many. Mutable: each request counts. */\n  a: number\n}',
      '/** Counts. Mutable: each request counts. */\nexport interface A { a: number; b: number }',
      '/**\n * Counts. Mutable: each\n * request counts.\n */\ninterface A { a: number }',
      '// Mutable: each request counts.\nconst a = new Map<string, { b: number }>()',
    ],
    invalid: [
      ['interface A { a: string }', 1, 'interface A { readonly a: string }'],
      ['function f(a: { b?: string }): void {}', 1, 'function f(a: { readonly b?: string }): void {}'],
      ['type A = { [name: string]: string }', 1, 'type A = { readonly [name: string]: string }'],
      ['/** Mutable. */\ninterface A { a: string }', 1, '/** Mutable. */\ninterface A { readonly a: string }'],
      [
        '/** Mutable: x */\ninterface A { a: 1; b: 2 }',
        2,
        '/** Mutable: x */\ninterface A { readonly a: 1; readonly b: 2 }',
      ],
    ],
  },
  'readonly-collections': {
    valid: [
      'function f(a: readonly string[], b: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, 1>> {}',
      'function f(): void { const a: string[] = []; const b = new Set<string>() }',
      'const a: string[] = []',
      'const isText = (entry: unknown): entry is [string, string] => true',
      '/** Adds one. Mutable: what is found is added. */\nfunction f(found: string[]): void {}',
    ],
    invalid: [
      ['function f(a: string[]): void {}', 1, 'function f(a: readonly string[]): void {}'],
      ['const f = (): Promise<[1, 2]> => a', 1, 'const f = (): Promise<readonly [1, 2]> => a'],
      ['interface A { a: Map<1, 2> }', 1, 'interface A { a: ReadonlyMap<1, 2> }'],
      ['interface A { f(a: Set<1>): void }', 1, 'interface A { f(a: ReadonlySet<1>): void }'],
      ['function f(a: Record<string, 1>) {}', 1, 'function f(a: Readonly<Record<string, 1>>) {}'],
      ['function f(a: readonly string[][]) {}', 1, 'function f(a: readonly (readonly string[])[]) {}'],
    ],
  },
  'comment-width': {
    valid: [
      `// ${'x'.repeat(117)}`,
      `const a = '${wide}'`,
      `// https://example.com/${'x'.repeat(120)}`,
      `/**\n * ${'x'.repeat(117)}\n */`,
    ],
    invalid: [
      [`// ${wide}`, 1],
      [`/**\n * ${wide}\n * ${wide}\n */`, 2],
      [`const a = '${'x'.repeat(100)}' // why it is so`, 1],
    ],
  },
  'compact-docstrings': {
    valid: ['/**\n * Reads.\n * @throws RangeError\n */', '/**\n * One.\n *\n * Two.\n */'],
    invalid: [['/**\n * Reads.\n *\n * @throws RangeError\n */', 1, '/**\n * Reads.\n * @throws RangeError\n */']],
  },
  'bare-bodies': {
    valid: [
      'if (a) b()',
      'if (a) {\n  b(\n    1,\n  )\n}',
      'if (a) {\n  // Why.\n  b()\n}',
      'if (a) {\n  b()\n} else {\n  c()\n  d()\n}',
      'for (const a of b) {\n  if (a) c()\n}',
    ],
    invalid: [
      ['if (a) {\n  return\n}', 1, 'if (a) return'],
      ['for (const a of b) {\n  c(a)\n}', 1, 'for (const a of b) c(a)'],
    ],
  },
  increments: {
    valid: ['a++', 'a.b--', 'a += 2', "a += '1'"],
    invalid: [
      ['a += 1', 1, 'a++'],
      ['a.b -= 1', 1, 'a.b--'],
    ],
  },
}

const rows = Object.entries(samples).flatMap(([rule, { valid, invalid }]) => [
  ...valid.map((code) => ({ rule, code, errors: 0, fixed: code })),
  ...invalid.map(([code, errors, fixed = code]) => ({ rule, code, errors, fixed })),
])
const fileOf = (index: number): string => `${rows[index]?.rule}-${index}.ts`

// Rules of oxlint that enforce the rest of the dialect, each with code that it refuses.
const refused: readonly (readonly [rule: string, code: string])[] = [
  ['arrow-body-style', 'export const f = () => {\n  return 1\n}'],
  ['func-style', 'export const f = function () {}'],
  ['logical-assignment-operators', 'let a = null\na = a ?? 1'],
  ['no-else-return', 'export function f(a) {\n  if (a) return 1\n  else return 2\n}'],
  ['no-lonely-if', 'if (a) b()\nelse {\n  if (c) d()\n}'],
  ['object-shorthand', 'f({ a: a })'],
  ['one-var', 'let a, b'],
  ['operator-assignment', 'a = a + 2'],
  ['prefer-arrow-callback', 'f(function () {})'],
  ['prefer-const', 'let a = 1\nf(a)'],
  ['prefer-destructuring', 'const a = b.a'],
  ['prefer-object-spread', 'Object.assign({}, a)'],
  ['prefer-template', "f('a' + b)"],
  ['sort-imports', "import { b, a } from './c.ts'"],
  ['yoda', 'if (1 === a) b()'],
  ['array-type', 'type A = Array<string>'],
  ['consistent-indexed-object-style', 'interface A {\n  readonly [name: string]: string\n}'],
  ['consistent-type-assertions', 'const a = <string>b'],
  ['consistent-type-definitions', 'type A = { readonly a: string }'],
  ['no-import-type-side-effects', "import { type A } from './a.ts'"],
  ['no-inferrable-types', 'let a: number = 1'],
  ['prefer-for-of', 'for (let i = 0; i < a.length; i++) f(a[i])'],
  ['prefer-function-type', 'interface A {\n  (): void\n}'],
  ['prefer-node-protocol', "import 'fs'"],
  ['prefer-optional-catch-binding', 'try {\n  a()\n} catch (error) {\n  b()\n}'],
  ['prefer-spread', 'a.concat([b])'],
  ['first', "f()\nimport './a.ts'"],
]

let folder = ''
let found: readonly string[] = []
let fixed: readonly string[] = []
let foundByOxlint: readonly string[] = []

const plugin = join(root, 'scripts/lint/dialect.js')
const dialectAlone = {
  jsPlugins: [plugin],
  categories: { correctness: 'off' },
  overrides: Object.keys(samples).map((rule) => ({ files: [`${rule}-*`], rules: { [`dialect/${rule}`]: 'error' } })),
}

/** Runs oxlint on a folder. Returns the rule and the file of each finding. */
async function lint(at: string, config: object, ...args: readonly string[]): Promise<readonly string[]> {
  await writeFile(join(at, '.oxlintrc.json'), JSON.stringify(config))
  const output = await new Promise<string>((resolve) => {
    const program = [join(root, 'node_modules/oxlint/bin/oxlint'), '--format', 'json', ...args, '.']
    execFile(process.execPath, program, { cwd: at }, (_, stdout) => resolve(stdout))
  })
  const { diagnostics } = JSON.parse(output) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[]
  }
  return diagnostics.map(({ code, filename }) => `${code.replace(/^.*\(|\)$/g, '')} ${filename}`)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gsa-dialect-'))
  await Promise.all(rows.map(async ({ code }, index) => writeFile(join(folder, fileOf(index)), code)))
  found = await lint(folder, dialectAlone)
  await lint(folder, dialectAlone, '--fix')
  fixed = await Promise.all(rows.map(async (_, index) => readFile(join(folder, fileOf(index)), 'utf8')))
  const ours = join(folder, 'ours')
  await mkdir(ours)
  await Promise.all(refused.map(async ([rule, code]) => writeFile(join(ours, `${rule}.ts`), code)))
  const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as object
  foundByOxlint = await lint(ours, { ...config, jsPlugins: [plugin] })
})
afterAll(async () => rm(folder, { recursive: true }))

describe.each(Object.keys(samples))('the rule %s', (name) => {
  test.each(rows.map((row, index) => ({ ...row, index })).filter(({ rule }) => rule === name))(
    'finds $errors in: $code',
    (row) => {
      expect(found.filter((one) => one === `${name} ${fileOf(row.index)}`)).toHaveLength(row.errors)
      expect(fixed[row.index]).toBe(row.fixed)
    },
  )
})

test.each(refused)('%s of oxlint is active, and finds something in: %s', (rule) => {
  expect(foundByOxlint).toContain(`${rule} ${rule}.ts`)
})

test('each rule of the plugin has samples, and is active', async () => {
  const { rules } = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as { readonly rules: object }
  const inForce = Object.keys(rules).filter((name) => name.startsWith('dialect/'))
  expect(inForce.toSorted()).toEqual(
    Object.keys(samples)
      .map((name) => `dialect/${name}`)
      .toSorted(),
  )
})
