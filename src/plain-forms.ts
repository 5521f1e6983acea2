import type { Context } from './terminal/context.ts'

type Run = (context: Context) => Promise<void>

// The commands that scripts run most often.
const plainForms: ReadonlyMap<string, Run> = new Map([
  ['token', async (context) => (await import('./commands/token.ts')).printToken(context, {})],
  ['refresh', async (context) => (await import('./commands/refresh.ts')).refreshAccount(context, {})],
  ['drive ls-appfolder', async (context) => (await import('./commands/drive/ls.ts')).listFiles(context, {})],
])

// Not options of a command: run.ts reads them from the arguments.
const outputFlags: ReadonlySet<string> = new Set(['--json', '--quiet', '--debug', '--no-input', '--no-color'])

/**
 * Returns how to run a command without commander, whose loading takes 5 ms. Returns undefined if `argv` has more than
 * the words of one of those commands and flags for the output.
 */
export function plainForm(argv: readonly string[]): Run | undefined {
  const words = argv.filter((word) => !outputFlags.has(word))
  // One argument with a space is not two words.
  return words.some((word) => word.includes(' ')) ? undefined : plainForms.get(words.join(' '))
}
