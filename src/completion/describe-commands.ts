import type { Argument, Command, Option } from 'commander'
import type { CommandNode, Offer, OptionNode, ValueNode } from './command-tree.ts'

/** The completion data that a program itself does not contain. */
interface Knowledge {
  /** The values to offer, by the placeholder of an option or argument: `file` for `--output <file>`. */
  readonly offers: ReadonlyMap<string, Offer>
  /** The operands of `help` besides the names of commands. */
  readonly helpTopics: readonly Pick<CommandNode, 'name' | 'summary'>[]
}

/**
 * Returns the tree of a program and its commands, without those that help hides. Every command must be loaded, not a
 * stub. The choices of an option or argument take precedence over the offers for its placeholder.
 */
export function describeCommands(program: Command, knowledge: Knowledge): CommandNode {
  const root = describe(program, 'gsa', knowledge)
  const help = program
    .createHelp()
    .visibleOptions(program)
    .filter((option) => option.long === '--help')
  // Every command takes --help; listed once, at the top.
  const options = [...root.options, ...help.map((option) => describeOption(option, help, knowledge))]
  return withHelpTopics({ ...root, options }, knowledge.helpTopics)
}

function describe(command: Command, name: string, knowledge: Knowledge): CommandNode {
  const help = command.createHelp()
  const options = command.options.filter(({ hidden }) => !hidden)
  return {
    name,
    summary: help.subcommandDescription(command),
    options: options.map((option) => describeOption(option, options, knowledge)),
    operands: command.registeredArguments.map((argument) => describeArgument(argument, knowledge)),
    subcommands: help
      .visibleCommands(command)
      .flatMap((child) => namesOf(child).map((childName) => describe(child, childName, knowledge))),
  }
}

/** Replaces the operands of each `help`: by the topics, and by the commands beside it when the tree is read. */
function withHelpTopics(node: CommandNode, topics: Knowledge['helpTopics']): CommandNode {
  const operands = topics.map(({ name, summary }) => ({ name, summary, options: [], operands: [], subcommands: [] }))
  const subcommands = node.subcommands.map((child) =>
    child.name === 'help' ? { ...child, operands: [], subcommands: operands } : withHelpTopics(child, []),
  )
  return { ...node, subcommands }
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()]
}

function describeArgument(argument: Argument, { offers }: Knowledge): ValueNode {
  return {
    arity: argument.variadic ? 'many' : 'one',
    offer: argument.argChoices ?? offers.get(argument.name()) ?? 'text',
  }
}

function describeOption(option: Option, group: readonly Option[], { offers }: Knowledge): OptionNode {
  const ruledOut = group.filter((other) =>
    other === option ? !isRepeatable(option) : isOpposite(option, other) || isConflict(option, other),
  )
  const node = { flags: flagsOf(option), summary: option.description, rulesOut: ruledOut.flatMap(flagsOf) }
  const placeholder = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1]
  if (placeholder === undefined) return node
  const arity = option.variadic ? 'many' : option.optional ? 'maybe' : 'one'
  return { ...node, value: { arity, offer: option.argChoices ?? offers.get(placeholder) ?? 'text' } }
}

function flagsOf({ long, short }: Option): readonly string[] {
  return [long, short].filter((flag) => flag !== undefined)
}

// A parser with a second parameter collects values. The one that commander creates for choices discards earlier ones.
function isRepeatable({ variadic, argChoices, parseArg }: Option): boolean {
  return variadic || (argChoices === undefined && parseArg?.length === 2)
}

function isOpposite(option: Option, other: Option): boolean {
  return option.attributeName() === other.attributeName()
}

function isConflict(option: Option, other: Option): boolean {
  return conflictsOf(option).includes(other.attributeName()) || conflictsOf(other).includes(option.attributeName())
}

function conflictsOf(option: Option): readonly string[] {
  // Missing from the types of commander 14.
  return (option as Option & { readonly conflictsWith?: readonly string[] }).conflictsWith ?? []
}
