import { Transform } from 'node:stream'
import { Failure, masked, safeText, Secret } from '../failures/index.ts'
import type * as Questions from './questions.ts'
import type { Surroundings, TerminalInput, TerminalOutput } from './surroundings.ts'

/** Asks the person at the terminal. Where nobody can be asked, a missing answer is a usage error that names the flag. */
export interface Prompt {
  isPossible(): boolean
  /** A yes-or-no question; Enter alone means no. @throws Failure `answer_needed`, `interrupted` */
  confirm(question: string, flag: string): Promise<boolean>
  /** A yes-or-no question that Enter alone does not answer: for what cannot be undone. @throws Failure `answer_needed`, `interrupted` */
  decide(question: string, flag: string): Promise<boolean>
  /** One of several answers. @throws Failure `answer_needed`, `interrupted` */
  choose<Value extends string>(
    question: string,
    flag: string,
    choices: readonly { value: Value; name: string }[],
  ): Promise<Value>
  /** A line of text. @throws Failure `answer_needed`, `interrupted` */
  text(question: string, flag: string): Promise<string>
  /** A value that is not shown while it is typed. @throws Failure `answer_needed`, `interrupted` */
  secret(question: string, flag: string): Promise<Secret>
  /** {@link secret} for what is pasted: a line break that has more behind it does not end it. @throws Failure `answer_needed`, `interrupted` */
  paste(question: string, flag: string): Promise<Secret>
}

/** Makes the {@link Prompt} of a run. Questions go to stderr: stdout may be piped. */
export function createPrompt({ stdin, stderr, signal }: Surroundings, allowed: boolean): Prompt {
  const isPossible = (): boolean => allowed && stderr.isTTY === true && stdin().isTTY === true
  const ask = async <T>(
    question: string,
    flag: string,
    answer: (questions: typeof Questions) => Promise<T>,
  ): Promise<T> => {
    if (!isPossible()) throw new Failure('answer_needed', { question, flag })
    const questions = await import('./questions.ts')
    try {
      return await answer(questions)
    } catch (error) {
      // Ctrl-C and the end of the input, which inquirer reports by these names.
      if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError'))
        throw new Failure('interrupted', {}, { cause: error })
      throw error
    }
  }
  const streams = (input = stdin()): { input: TerminalInput; output: TerminalOutput; signal: AbortSignal } => ({
    input,
    output: stderr,
    signal,
  })
  return {
    isPossible,
    confirm: (question, flag) =>
      ask(question, flag, ({ confirm }) => confirm({ message: shown(question), default: false }, streams())),
    decide: (question, flag) =>
      ask(question, flag, async ({ input }) => {
        const answer = await input(
          {
            message: `${shown(question)} (y/n)`,
            validate: (text) => /^\s*(?:y|yes|n|no)\s*$/i.test(text) || 'Type y or n, then press Enter.',
          },
          streams(),
        )
        return /^\s*y/i.test(answer)
      }),
    choose: (question, flag, choices) =>
      ask(question, flag, ({ select }) => select({ message: shown(question), choices }, streams())),
    text: (question, flag) =>
      ask(question, flag, ({ input }) => input({ message: shown(question), required: true }, streams())),
    secret: (question, flag) =>
      ask(
        question,
        flag,
        async ({ password }) => new Secret(await password({ message: shown(question), mask: '*' }, streams())),
      ),
    paste: (question, flag) =>
      ask(question, flag, async ({ password }) => {
        const terminal = stdin()
        const input = joiningLines(terminal)
        try {
          return new Secret(await password({ message: shown(question), mask: '*' }, streams(input)))
        } finally {
          terminal.unpipe(input)
          terminal.pause()
        }
      }),
  }
}

function shown(question: string): string {
  return safeText(masked(question))
}

/** A terminal on which a line break counts as Enter only where nothing comes behind it: a terminal wraps what is long. */
function joiningLines(stdin: TerminalInput): Transform & TerminalInput {
  const joined = new Transform({
    transform(chunk: Buffer, _, done) {
      // Latin-1 keeps every byte as it is.
      done(null, Buffer.from(chunk.toString('latin1').replace(/[\r\n]+(?=[^\r\n])/g, ''), 'latin1'))
    },
  })
  const setRawMode = (isRaw: boolean): unknown => stdin.setRawMode?.(isRaw)
  return Object.assign(stdin.pipe(joined), { isTTY: true, setRawMode })
}
