import type { DescribedCommand, DescribedOption, DescribedValue } from './described-command.ts'

/** The command line that leads to a command, without `gsa`: how the scripts name it. */
export function placeOf({ path }: DescribedCommand): string {
  return path.join(' ')
}

/** What a value is, in words that every shell splits at spaces: `one file`, `maybe text`, `many choice a b c`. */
export function valueWords({ arity, offer }: DescribedValue): string {
  return typeof offer === 'string' ? `${arity} ${offer}` : `${arity} choice ${offer.join(' ')}`
}

/** The words of an option: its flags, its value, what it rules out, its line of help. */
export function optionWords({ flags, value, rulesOut, summary }: DescribedOption): string[] {
  return [flags.join(' '), value === undefined ? '' : valueWords(value), rulesOut.join(' '), summary]
}

/** Options as rows of a script: those of each command, and once those that all commands have. */
export function optionRows(
  commands: readonly DescribedCommand[],
  row: (option: DescribedOption) => string,
): { readonly own: (command: DescribedCommand) => string[]; readonly shared: readonly string[] } {
  const rows = commands.map(({ options }) => options.map(row))
  const shared = (rows[0] ?? []).filter((one) => rows.every((others) => others.includes(one)))
  return { own: ({ options }) => options.map(row).filter((one) => !shared.includes(one)), shared }
}

/** A word in single quotes, as bash and zsh read it. */
export function singleQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Rows as the lines of an array of bash or zsh. */
export function lines(rows: readonly string[]): string {
  return rows.map((row) => `\n      ${row}`).join('')
}
