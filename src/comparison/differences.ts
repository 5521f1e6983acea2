import { type Facets, orderOf } from './json-facets.ts'

/** A part of two responses that is not the same. */
export interface Difference {
  readonly what: string
  readonly target: string
  readonly with: string
}

const absent = 'absent'
const longest = 160

/** Returns where two responses differ, in the order of the first one's parts. */
export function differencesOf(target: Facets, other: Facets): readonly Difference[] {
  return [...new Set([...target.keys(), ...other.keys()])].flatMap((what) => {
    const [one, two] = [target.get(what), other.get(what)]
    if (one === two || (what.startsWith(orderOf) && isSameOrder(one, two))) return []
    return { what, ...shortened(one ?? absent, two ?? absent) }
  })
}

/** Returns whether the members that both have are in the same order. Others are differences of their own. */
function isSameOrder(one: string | undefined, two: string | undefined): boolean {
  if (one === undefined || two === undefined) return true
  const [first, second] = [one, two].map((names) => JSON.parse(names) as readonly string[]) as [
    readonly string[],
    readonly string[],
  ]
  const common = first.filter((name) => second.includes(name))
  return common.join('\n') === second.filter((name) => common.includes(name)).join('\n')
}

/** Returns both texts, around their first difference if they are long. */
function shortened(target: string, other: string): Pick<Difference, 'target' | 'with'> {
  let at = 0
  while (at < target.length && target.charAt(at) === other.charAt(at)) at++
  const from = Math.max(0, at - 30)
  const part = (text: string): string =>
    text.length <= longest
      ? text
      : `${from > 0 ? '…' : ''}${text.slice(from, from + longest)}${from + longest < text.length ? '…' : ''}`
  return { target: part(target), with: part(other) }
}
