import type { Argument, Command, Option } from 'commander'

/** What can be offered for a value: names of files, addresses of stored accounts, one of these words, or nothing. */
export type Offer = 'file' | 'account' | 'text' | readonly string[]

/** A value that an option or a command takes. */
export interface DescribedValue {
  /** `maybe`: the option goes without one, too. `many`: all words up to the next option. */
  readonly arity: 'one' | 'maybe' | 'many'
  readonly offer: Offer
}

/** An option, as a completion script needs it. */
export interface DescribedOption {
  /** The long one, the short one, or both. */
  readonly flags: readonly string[]
  readonly summary: string
  /** undefined for an option that takes none. */
  readonly value: DescribedValue | undefined
  /** Flags that make no sense after this one: its own unless it may be repeated, its opposite, and those it conflicts with. */
  readonly rulesOut: readonly string[]
}

/** A command, as a completion script needs it. */
export interface DescribedCommand {
  /** The words that lead to it, without `gsa`; empty for `gsa` itself. */
  readonly path: readonly string[]
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[]
  /** Its own ones and those that every command takes. */
  readonly options: readonly DescribedOption[]
  readonly operands: readonly DescribedValue[]
}

type Offers = ReadonlyMap<string, Offer>

/** What a program does not say of itself. */
interface Knowledge {
  /** What can be offered for a value, by the placeholder of the option or argument: `file` for `--output <file>`. */
  readonly offers: Offers
  /** What `help` takes instead of commands. */
  readonly helpTopics: DescribedCommand['subcommands']
}

/**
 * A program and all commands below it, each with what its help shows; what help hides is not described. Every command must be
 * loaded. Choices of an option or argument overrule what is known of its placeholder.
 */
export function describeCommands(program: Command, { offers, helpTopics }: Knowledge): DescribedCommand[] {
  const commands = describe(program, { path: [], inherited: [], offers })
  return commands.flatMap((command) =>
    command.path.at(-1) === 'help' ? describeHelp(command, commands, helpTopics) : command,
  )
}

function describe(
  command: Command,
  { path, inherited, offers }: { path: readonly string[]; inherited: readonly Option[]; offers: Offers },
): DescribedCommand[] {
  const help = command.createHelp()
  const children = help.visibleCommands(command)
  const passedOn = [...command.options.filter(({ hidden }) => !hidden), ...inherited]
  return [
    {
      path,
      subcommands: children.flatMap((child) =>
        namesOf(child).map((name) => ({ name, summary: help.subcommandDescription(child) })),
      ),
      options: [help.visibleOptions(command), inherited].flatMap((group) =>
        group.map((option) => describedOption(option, group, offers)),
      ),
      operands: command.registeredArguments.map((argument) => describedOperand(argument, offers)),
    },
    ...children.flatMap((child) =>
      namesOf(child).flatMap((name) => describe(child, { path: [...path, name], inherited: passedOn, offers })),
    ),
  ]
}

// Help is followed by the commands beside it and those below them, as if they were its own.
function describeHelp(
  help: DescribedCommand,
  commands: readonly DescribedCommand[],
  topics: DescribedCommand['subcommands'],
): DescribedCommand[] {
  const beside = help.path.slice(0, -1)
  return commands
    .filter(({ path, subcommands }) => beside.every((name, index) => path[index] === name) && subcommands.length > 0)
    .map(({ path, subcommands }) => ({
      ...help,
      path: [...help.path, ...path.slice(beside.length)],
      subcommands: [...subcommands.filter(({ name }) => name !== 'help'), ...(path.length === 0 ? topics : [])],
      operands: [],
    }))
}

function namesOf(command: Command): string[] {
  return [command.name(), ...command.aliases()]
}

function describedOperand(argument: Argument, offers: Offers): DescribedValue {
  return {
    arity: argument.variadic ? 'many' : 'one',
    offer: argument.argChoices ?? offers.get(argument.name()) ?? 'text',
  }
}

function describedOption(option: Option, group: readonly Option[], offers: Offers): DescribedOption {
  const ruledOut = group.filter((other) =>
    other === option ? !isRepeatable(option) : isOpposite(option, other) || conflict(option, other),
  )
  return {
    flags: flagsOf(option),
    summary: option.description,
    value: valueOf(option, offers),
    rulesOut: ruledOut.flatMap(flagsOf),
  }
}

function valueOf(option: Option, offers: Offers): DescribedValue | undefined {
  const placeholder = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1]
  if (placeholder === undefined) return undefined
  return {
    arity: option.variadic ? 'many' : option.optional ? 'maybe' : 'one',
    offer: option.argChoices ?? offers.get(placeholder) ?? 'text',
  }
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined)
}

// Its parser takes the earlier values, too. So does the one that commander makes of choices, and lets them go.
function isRepeatable({ variadic, argChoices, parseArg }: Option): boolean {
  return variadic || (argChoices === undefined && parseArg?.length === 2)
}

function isOpposite(option: Option, other: Option): boolean {
  return option.attributeName() === other.attributeName()
}

function conflict(option: Option, other: Option): boolean {
  return conflictsOf(option).includes(other.attributeName()) || conflictsOf(other).includes(option.attributeName())
}

function conflictsOf(option: Option): readonly string[] {
  // Not in the types of commander 14.
  return (option as Option & { readonly conflictsWith?: readonly string[] }).conflictsWith ?? []
}
