import { type AddHelpTextContext, InvalidArgumentError } from 'commander'
import { parseDuration } from '../core/duration.ts'
import { masked } from '../failures/index.ts'

/**
 * Returns a command's description and examples for `addHelpText('before', …)`, because people look for these first.
 * One command per line.
 */
export function examples(...lines: readonly string[]): (context: AddHelpTextContext) => string {
  return ({ command }) =>
    `${command.createHelp().boxWrap(command.description(), 80)}\n\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`
}

/** Returns the milliseconds of a duration such as `59m50s`. For commander. */
export function durationMs(value: string): number {
  try {
    return parseDuration(value)
  } catch (error) {
    throw new InvalidArgumentError((error as RangeError).message)
  }
}

/** {@link durationMs} for a wait: Node's timers are limited to 24 days. For commander. */
export function waitMs(value: string): number {
  const ms = durationMs(value)
  if (ms > 2_147_483_647) throw new InvalidArgumentError('The maximum is 24 days.')
  return ms
}

/** Parses a whole number within bounds. For commander. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= least && number <= most))
      throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`)
    return number
  }
}

/** Collects the values of a repeatable option. For commander. */
export function collected(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

/** Returns a value that is sent to the server in a visible URL. Refuses it if it may be a secret. For commander. */
export function publicWord(value: string): string {
  if (masked(value) !== value) throw new InvalidArgumentError('It looks like a secret, and gsa would send and show it.')
  return value
}

/** {@link collected} for {@link publicWord}. For commander. */
export function collectedWords(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return collected(publicWord(value), earlier)
}
