import { parseSync } from 'rolldown/utils'
import { describe, expect, test } from 'vitest'

interface Change {
  readonly what: string
  readonly mutated: string
}
interface Range {
  readonly start: number
  readonly end: number
}
type Place = Range & { readonly line: number; readonly changes: readonly Change[] }
type Chosen = Range & Change & { readonly number: number; readonly file: string }

/** The scripts are JavaScript without declarations. */
async function script<T>(name: string): Promise<T> {
  return import(new URL(`../scripts/mutants/${name}.js`, import.meta.url).href) as Promise<T>
}
const { findPlaces } = await script<{ findPlaces: (file: string, text: string) => Place[] }>('find-places')
const { choosePlaces } = await script<{
  choosePlaces: (files: readonly { file: string; places: readonly Place[] }[], count: number, seed: number) => Chosen[]
}>('choose-places')
const { rewrite } = await script<{
  rewrite: (
    text: string,
    places: readonly (Range & { number: number; mutated: string })[],
    importPath: string,
  ) => string
}>('rewrite')

/** Returns the texts that differ from this one by one change each. */
function mutantsOf(text: string): string[] {
  return findPlaces('source.ts', text).flatMap(({ start, end, changes }) =>
    changes.map(({ mutated }) => text.slice(0, start) + mutated + text.slice(end)),
  )
}

describe('npm run mutants', () => {
  test.each<[string, string, ...string[]]>([
    ['a boundary', 'f(a < b)', 'f(a <= b)', 'f(a >= b)'],
    ['the other boundary', 'f(a >= 0)', 'f(a > 0)', 'f(a < 0)'],
    ['an equality', "f(typeof a === 'string')", "f(typeof a !== 'string')"],
    ['an operand as well as the operator', 'f(a && !b)', 'f(a || !b)', 'f(a && b)'],
    ['a fallback', 'f(a ?? b)', 'f(a)'],
    ['a condition', 'if (a) b()', 'if (!(a)) b()'],
    ['a condition without an operator that it changes', 'f(a in b ? 1 : 2)', 'f(!(a in b) ? 1 : 2)'],
    ['a sum of numbers', 'f(a + 1, b.length + c)', 'f(a - 1, b.length + c)', 'f(a + 1, b.length - c)'],
    ['a product', 'f(60 * minutes)', 'f(60 / minutes)'],
    ['a word', 'f({ a: true })', 'f({ a: false })'],
    ['a value behind a type', 'f((a as B | true)! || (c satisfies true))', 'f((a as B | true)! && (c satisfies true))'],
    ['no text', "f('a' + b, `${a}` + 1, a + b)"],
    ['no fallback that is there for the compiler', "f(a[0] ?? '')"],
    ['no type', 'type A = true extends false ? true : false; function f(a: true): a is true {}'],
    ['no comment', 'f(a) // b < c'],
    ['no operator beside a comment that could contain it', 'f(a /* && */ && b)'],
    ['no start of a line, which would continue the one above', 'f()\na && b()'],
    ['no loop into one that does not end', 'while (next()) f()'],
  ])('changes %s', (_, text, ...mutated) => {
    expect(mutantsOf(text)).toEqual(mutated)
  })

  test('says on which line a place is', () => {
    expect(findPlaces('source.ts', 'f()\n\nf(a < b)').map(({ line }) => line)).toEqual([3])
  })

  test('writes a mutant beside what it changes', () => {
    const place = { number: 7, start: 2, end: 7, mutated: 'a <= b' }
    expect(rewrite('f(a < b)', [place], '../core/mutants.ts')).toBe(
      "import { isMutant__ } from '../core/mutants.ts'; f((isMutant__(7) ? a <= b : a < b))",
    )
  })

  const text = "// …\nexport const f = (a: unknown) => (a === '…' || !a ? (a as number) + 1 : true)\nf(1 < 2)\n"
  const files = [
    { file: 'one.ts', places: findPlaces('one.ts', text) },
    { file: 'two.ts', places: findPlaces('two.ts', text) },
  ]

  test('writes all mutants of a file at once, on the lines where they were', () => {
    const chosen = choosePlaces(files, 4, 1).filter(({ file }) => file === 'one.ts')
    const rewritten = rewrite(text, chosen, '../core/mutants.ts')
    expect(parseSync('one.ts', rewritten).errors).toEqual([])
    expect(rewritten.split('\n')).toHaveLength(text.split('\n').length)
    for (const { number, start, end, mutated } of chosen)
      expect(rewritten).toContain(`(isMutant__(${number}) ? ${mutated} : ${text.slice(start, end)})`)
  })

  test('chooses the same places with the same seed, and others with another', () => {
    expect(choosePlaces(files, 4, 1)).toEqual(choosePlaces(files, 4, 1))
    const choices = [1, 2, 3, 4, 5].map((seed) => JSON.stringify(choosePlaces(files, 4, seed)))
    expect(new Set(choices).size).toBeGreaterThan(1)
  })

  test('chooses from every file, and no place inside another', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const chosen = choosePlaces(files, 4, seed)
      expect(new Set(chosen.map(({ file }) => file))).toEqual(new Set(['one.ts', 'two.ts']))
      const inside = chosen.filter((a) =>
        chosen.some((b) => a !== b && a.file === b.file && b.start <= a.start && a.end <= b.end),
      )
      expect(inside).toEqual([])
    }
  })
})
