/** The options with a value that `gsa emulator run` understands. */
export const runOptionsWithValue: readonly string[] = [
  '--emulator',
  '--config',
  '--persist',
  '--seed',
  '--client-secrets',
  '--account',
  '--store',
  '--issuer',
]

/** The arguments for `gsa`, and those of the program that it runs. */
export interface SplitArguments {
  readonly own: readonly string[]
  readonly program: readonly string[]
}

/**
 * Separates the program and its arguments from `gsa emulator run [OPTION…] [--] PROGRAM [ARG…]`: they are not options
 * of `gsa`, whatever they look like. Other commands have no program.
 */
export function splitArguments(argv: readonly string[]): SplitArguments {
  const command = argv.indexOf('emulator')
  const run = command === -1 ? -1 : afterOptions(argv, command + 1)
  if (argv[run] !== 'run') return { own: argv, program: [] }
  const at = afterOptions(argv, run + 1)
  return { own: argv.slice(0, at), program: argv.slice(argv[at] === '--' ? at + 1 : at) }
}

/** Returns the place of the first word from `start` on that is neither an option nor its value. */
function afterOptions(argv: readonly string[], start: number): number {
  let at = start
  for (let word = argv[at]; word !== undefined && word !== '--' && word.startsWith('-'); word = argv[at])
    at += runOptionsWithValue.includes(word) ? 2 : 1
  return at
}

/** Returns whether the output is JSON: with `--json`, or a log that is. */
export function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, at) => word === '--json' || word === '--log=json' || (word === 'json' && argv[at - 1] === '--log'),
  )
}
