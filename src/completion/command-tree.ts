/** The words that Tab offers for a value: file names, stored accounts, one of these words, or nothing (`text`). */
export type Offer = 'file' | 'account' | 'text' | readonly string[]

/** A value that an option or a command takes. */
export interface ValueNode {
  /** `maybe`: the option also works without a value. `many`: every word up to the next option. */
  readonly arity: 'one' | 'maybe' | 'many'
  readonly offer: Offer
}

/** An option. */
export interface OptionNode {
  /** The long flag, the short one, or both. */
  readonly flags: readonly string[]
  readonly summary: string
  /** Absent if the option takes no value. */
  readonly value?: ValueNode
  /** Flags that make no sense after this one: itself unless it may be repeated, its opposite, and conflicting ones. */
  readonly rulesOut: readonly string[]
}

/** A command and its subcommands, as `--help` shows them. The build writes the tree to dist/command-tree.json. */
export interface CommandNode {
  readonly name: string
  readonly summary: string
  /** Only its own options; those of the commands above it work, too. */
  readonly options: readonly OptionNode[]
  readonly operands: readonly ValueNode[]
  readonly subcommands: readonly CommandNode[]
}
