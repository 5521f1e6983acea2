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
  if (command === -1 || argv[command + 1] !== 'run') return { own: argv, program: [] }
  let at = command + 2
  while (at < argv.length) {
    const word = argv[at] ?? ''
    if (word === '--') return { own: argv.slice(0, at), program: argv.slice(at + 1) }
    if (!word.startsWith('-')) break
    at += runOptionsWithValue.includes(word) ? 2 : 1
  }
  return { own: argv.slice(0, at), program: argv.slice(at) }
}
