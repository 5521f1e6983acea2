import type { Context } from './context.ts'
import { readStdin } from './read-stdin.ts'

/**
 * What somebody pastes and nobody else should see: the argument; standard input, if the argument is `-` or there is
 * none and no terminal; else the hidden answer to `question`. `flag` says how to give it where nobody can be asked.
 * @throws Failure `answer_needed`, `interrupted`, `input_too_long`
 */
export async function pastedText(
  { stdin, prompt, signal }: Context,
  argument: string | undefined,
  question: string,
  flag: string,
): Promise<string> {
  if (argument !== undefined && argument !== '-') return argument
  if (argument === undefined && stdin().isTTY === true) return (await prompt.paste(question, flag)).reveal()
  return readStdin(stdin(), signal)
}
