import type { CommandNode, Offer, OptionNode, ValueNode } from './command-tree.ts'

/** The offer for a value that takes one word, or the arity of another value and the offer. */
type WrittenValue = Offer | { readonly maybe: Offer } | { readonly many: Offer }

type WrittenOption = readonly [flags: string, summary: string, value: WrittenValue | 0, rulesOut?: readonly string[]]

/**
 * A command in dist/command-tree.json, which each press of Tab reads: it has positions instead of names, and leaves out
 * the commands that each `help` repeats.
 */
export type WrittenCommand = readonly [
  name: string,
  summary: string,
  subcommands?: readonly WrittenCommand[],
  options?: readonly WrittenOption[],
  operands?: readonly WrittenValue[],
]

/** Returns what {@link readCommand} turns into this command. */
export function writtenCommand({ name, summary, subcommands, options, operands }: CommandNode): WrittenCommand {
  if (operands.length > 0)
    return [name, summary, subcommands.map(writtenCommand), options.map(writtenOption), operands.map(writtenValue)]
  if (options.length > 0) return [name, summary, subcommands.map(writtenCommand), options.map(writtenOption)]
  return subcommands.length > 0 ? [name, summary, subcommands.map(writtenCommand)] : [name, summary]
}

function writtenOption({ flags, summary, value, rulesOut }: OptionNode): WrittenOption {
  const written = [flags.join(' '), summary, value === undefined ? 0 : writtenValue(value)] as const
  return rulesOut.join(' ') === written[0] ? written : [...written, rulesOut]
}

function writtenValue({ arity, offer }: ValueNode): WrittenValue {
  if (arity === 'one') return offer
  return arity === 'many' ? { many: offer } : { maybe: offer }
}

/** Returns the command, with those operands of each `help` that repeat the commands beside it. */
export function readCommand(written: WrittenCommand): CommandNode {
  return commandOf(written, [])
}

/** A completion visits few commands, so the rest is not read. */
function commandOf(written: WrittenCommand, siblings: readonly WrittenCommand[]): CommandNode {
  const [name, summary, own = [], options = [], operands = []] = written
  const subcommands = name === 'help' ? [...helpOperands(siblings), ...own] : own
  return {
    name,
    summary,
    get options() {
      return options.map(readOption)
    },
    operands: operands.map(readValue),
    get subcommands() {
      return subcommands.map((command) => commandOf(command, own))
    },
  }
}

function readOption([joined, summary, value, rulesOut]: WrittenOption): OptionNode {
  const flags = joined.split(' ')
  const option = { flags, summary, rulesOut: rulesOut ?? flags }
  return value === 0 ? option : { ...option, value: readValue(value) }
}

function readValue(value: WrittenValue): ValueNode {
  if (typeof value === 'string' || isList(value)) return { arity: 'one', offer: value }
  return 'many' in value ? { arity: 'many', offer: value.many } : { arity: 'maybe', offer: value.maybe }
}

// Array.isArray does not recognise a readonly array.
function isList(value: WrittenValue): value is readonly string[] {
  return Array.isArray(value)
}

function helpOperands(commands: readonly WrittenCommand[]): readonly WrittenCommand[] {
  return commands
    .filter(([name]) => name !== 'help')
    .map(([name, summary, subcommands = []]) => [name, summary, helpOperands(subcommands)])
}
