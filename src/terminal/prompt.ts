import { Transform } from 'node:stream'
import { safeText } from '../core/safe-to-print.ts'
import { Secret } from '../core/secret.ts'
import { Failure, masked } from '../failures/index.ts'
import type * as Questions from './questions.ts'
import type { Surroundings, Terminal, TerminalInput, TerminalOutput } from './surroundings.ts'
import { wrapLines } from './wrap.ts'

/**
 * Asks the user at the terminal. If gsa cannot ask, it fails with a usage error that names the flag.
 */
export interface Prompt {
  /** Returns whether gsa can ask, on the standard streams or else on the terminal of the process. */
  isPossible(): boolean
  /** Returns whether the standard streams are interactive, so that optional questions are welcome. */
  isConversation(): boolean
  /** Asks a yes-or-no question; Enter alone means no. @throws Failure `answer_needed`, `interrupted` */
  confirm(question: string, flag: string): Promise<boolean>
  /**
   * Asks a yes-or-no question without a default, for actions that cannot be undone.
   * @throws Failure `answer_needed`, `interrupted`
   */
  decide(question: string, flag: string): Promise<boolean>
  /** Asks for one of several choices. @throws Failure `answer_needed`, `interrupted` */
  choose<Value extends string>(
    question: string,
    flag: string,
    choices: readonly { readonly value: Value; readonly name: string }[],
  ): Promise<Value>
  /** Asks for a line of text. @throws Failure `answer_needed`, `interrupted` */
  text(question: string, flag: string): Promise<string>
  /** Asks for a value without showing it. @throws Failure `answer_needed`, `interrupted` */
  secret(question: string, flag: string): Promise<Secret>
  /**
   * {@link secret} for pasted text: a line break followed by more text does not end it, and is returned as U+0085.
   * @throws Failure `answer_needed`, `interrupted`
   */
  paste(question: string, flag: string): Promise<Secret>
}

/**
 * Makes the {@link Prompt} of a run. Questions go to stderr, because stdout may be piped. If standard input or stderr
 * is redirected, the terminal of the process is used instead.
 */
export function createPrompt({ stdin, stderr, openTerminal, signal }: Surroundings, allowed: boolean): Prompt {
  const conversation = (): Terminal | undefined =>
    allowed && stderr.isTTY === true && stdin().isTTY === true ? { input: stdin(), output: stderr } : undefined
  const terminal = (): Terminal | undefined => (allowed ? (conversation() ?? openTerminal()) : undefined)
  const ask = async <T>(
    question: string,
    flag: string,
    answer: (questions: typeof Questions, context: Terminal & { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    const asked = terminal()
    if (asked === undefined) throw new Failure('answer_needed', { question, flag })
    const questions = await import('./questions.ts')
    try {
      return await answer(questions, { ...asked, signal })
    } catch (error) {
      // inquirer's names for Ctrl-C and the end of the input.
      if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError'))
        throw new Failure('interrupted', {}, { cause: error })
      throw error
    }
  }
  return {
    isPossible: () => terminal() !== undefined,
    isConversation: () => conversation() !== undefined,
    confirm: (question, flag) =>
      ask(question, flag, ({ confirm }, context) =>
        confirm({ message: shown(question, context.output, ' (y/N)'), default: false }, context),
      ),
    decide: (question, flag) =>
      ask(question, flag, async ({ input }, context) => {
        const answer = await input(
          {
            message: shown(`${question} (y/n)`, context.output),
            validate: (text) => /^\s*(?:y|yes|n|no)\s*$/i.test(text) || 'Type y or n, then press Enter.',
          },
          context,
        )
        return /^\s*y/i.test(answer)
      }),
    choose: (question, flag, choices) =>
      ask(question, flag, ({ select }, context) =>
        select({ message: shown(question, context.output), choices }, context),
      ),
    text: (question, flag) =>
      ask(question, flag, ({ input }, context) =>
        input({ message: shown(question, context.output), required: true }, context),
      ),
    secret: (question, flag) =>
      ask(
        question,
        flag,
        async ({ password }, context) =>
          new Secret(await password({ message: shown(question, context.output), mask: '*' }, context)),
      ),
    paste: (question, flag) =>
      ask(question, flag, async ({ password }, context) => {
        const input = joiningLines(context.input)
        try {
          return new Secret(
            await password({ message: shown(question, context.output), mask: '*' }, { ...context, input }),
          )
        } finally {
          context.input.unpipe(input)
          context.input.pause()
        }
      }),
  }
}

// inquirer's prefix, and a space before the answer.
const besideQuestion = 3

/**
 * Returns a question for the terminal. inquirer would break it in the middle of a word. `suffix` is what inquirer adds.
 */
function shown(question: string, { columns = 0 }: TerminalOutput, suffix = ''): string {
  const text = safeText(masked(question))
  const room = columns - besideQuestion - suffix.length
  return room > 0 ? wrapLines(text, room) : text
}

// U+0085 in UTF-8, as Latin-1. inquirer takes it as text, and outsideText as a line break.
const nextLine = '\u00c2\u0085'

/**
 * Returns a terminal that treats a line break as Enter only if no text follows. Pasted text may contain line breaks; it
 * has U+0085 in their place.
 */
function joiningLines(terminal: TerminalInput): Transform & TerminalInput {
  const inText = (breaks: string): string => breaks.replace(/\r\n?|\n/g, nextLine)
  const joined = new Transform({
    transform(chunk: Buffer, _, done) {
      // Latin-1 preserves every byte.
      const text = chunk.toString('latin1').replace(/(?:\r\n?|\n){1,100}(?=[^\r\n])/g, inText)
      done(null, Buffer.from(text, 'latin1'))
    },
  })
  const setRawMode = (isRaw: boolean): unknown => terminal.setRawMode?.(isRaw)
  return Object.assign(terminal.pipe(joined), { isTTY: true, setRawMode })
}
