import type { CommandNode, OptionNode, ValueNode } from './command-tree.ts'

/** A word that fits at the cursor, and its line of help (empty if it has none). */
export interface Candidate {
  readonly word: string
  readonly summary: string
}

/** The words that fit at the cursor. */
export interface Candidates {
  /** The part of the typed word that stays as it is: `--store=`, `file:`, or nothing. */
  readonly prefix: string
  /** `files`: only the shell knows them, and `words` is empty. */
  readonly kind: 'files' | 'words'
  /** The words that can follow the prefix. Not filtered by the typed text: each shell matches differently. */
  readonly words: readonly Candidate[]
}

/**
 * Returns what fits at the cursor.
 * @param root the tree of `gsa`
 * @param before the words between `gsa` and the cursor, unquoted
 * @param typed the word at the cursor as far as it is typed, unquoted
 * @param accounts called only where an account fits
 */
export function candidatesAt(
  root: CommandNode,
  before: readonly string[],
  typed: string,
  accounts: () => readonly string[],
): Candidates {
  const place = placeAfter(root, before)
  const { expected } = place
  if (expected !== undefined && (expected.arity === 'one' || !typed.startsWith('-')))
    return candidatesOf(expected, '', typed, accounts)
  if (!place.isAfterDashes && typed.startsWith('--') && typed.includes('=')) {
    const flag = typed.slice(0, typed.indexOf('='))
    const option = optionNamed(place.options, flag)
    return candidatesOf(option?.value, `${flag}=`, typed.slice(flag.length + 1), accounts)
  }
  if (!place.isAfterDashes && typed.startsWith('-')) return words(remainingFlags(place))
  if (!place.isAfterDashes && place.position === 0 && place.command.subcommands.length > 0)
    return words(place.command.subcommands.map(({ name, summary }) => ({ word: name, summary })))
  return candidatesOf(operandAt(place), '', typed, accounts)
}

/** The position that the words before the cursor lead to. */
interface Place {
  readonly command: CommandNode
  /** Its own options and those of the commands above it. */
  readonly options: readonly OptionNode[]
  /** The number of operands before the cursor. */
  readonly position: number
  /** The value that the last option still takes. */
  readonly expected: ValueNode | undefined
  /** After `--`, nothing is an option or a subcommand. */
  readonly isAfterDashes: boolean
  readonly ruledOut: ReadonlySet<string>
}

function placeAfter(root: CommandNode, before: readonly string[]): Place {
  const start: Place = {
    command: root,
    options: root.options,
    position: 0,
    expected: undefined,
    isAfterDashes: false,
    ruledOut: new Set(),
  }
  return before.reduce(step, start)
}

function step(place: Place, word: string): Place {
  const { expected } = place
  if (expected?.arity === 'one') return { ...place, expected: undefined }
  const isFlag = word.startsWith('-') && word !== '-'
  if (expected !== undefined && !isFlag) return { ...place, expected: expected.arity === 'many' ? expected : undefined }
  const next = { ...place, expected: undefined }
  if (place.isAfterDashes || !isFlag) return stepToOperand(next, word)
  if (word === '--') return { ...next, isAfterDashes: true }
  const exact = optionNamed(place.options, word)
  // `--flag=value`, or a value that directly follows a short flag.
  const flag = word.startsWith('--') ? word.replace(/=.*/s, '') : word.slice(0, 2)
  const option = exact ?? optionNamed(place.options, flag)
  if (option === undefined) return next
  return { ...next, expected: exact?.value, ruledOut: new Set([...place.ruledOut, ...option.rulesOut]) }
}

function stepToOperand(place: Place, word: string): Place {
  const command =
    place.isAfterDashes || place.position > 0 ? undefined : place.command.subcommands.find(({ name }) => name === word)
  if (command === undefined) return { ...place, position: place.position + 1 }
  // A command's own option takes precedence over that of the same name above it.
  const above = place.options.filter(
    ({ flags }) => !flags.some((flag) => optionNamed(command.options, flag) !== undefined),
  )
  return { ...place, command, options: [...command.options, ...above] }
}

function optionNamed(options: readonly OptionNode[], flag: string): OptionNode | undefined {
  return options.find(({ flags }) => flags.includes(flag))
}

function operandAt({ command: { operands }, position }: Place): ValueNode | undefined {
  const last = operands.at(-1)
  return operands[position] ?? (last?.arity === 'many' ? last : undefined)
}

function remainingFlags({ options, ruledOut }: Place): readonly Candidate[] {
  return options.flatMap(({ flags, summary }) =>
    flags.filter((flag) => !ruledOut.has(flag)).map((word) => ({ word, summary })),
  )
}

function words(candidates: readonly Candidate[]): Candidates {
  return { prefix: '', kind: 'words', words: candidates }
}

function candidatesOf(
  value: ValueNode | undefined,
  prefix: string,
  typed: string,
  accounts: () => readonly string[],
): Candidates {
  const offer = value?.offer ?? 'text'
  const withoutHelp = (list: readonly string[]): Candidates => ({
    prefix,
    kind: 'words',
    words: list.map((word) => ({ word, summary: '' })),
  })
  if (offer === 'file') return { prefix, kind: 'files', words: [] }
  if (offer === 'account') return withoutHelp(accounts())
  if (offer === 'text') return withoutHelp([])
  // The path of a file store: `file:PATH`.
  if (offer.includes('file:') && typed.startsWith('file:'))
    return { prefix: `${prefix}file:`, kind: 'files', words: [] }
  return withoutHelp(offer)
}
