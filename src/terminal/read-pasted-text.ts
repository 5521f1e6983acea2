import { outsideText } from '../core/outside-text.ts'
import type { Context } from './context.ts'
import { readStdin } from './read-stdin.ts'

/**
 * Reads a secret text, as an {@link outsideText}: the argument; standard input, if the argument is `-`, or missing
 * without a terminal; else the hidden reply to `question`. `flag` names the alternative if gsa cannot ask.
 * @throws Failure `answer_needed`, `interrupted`, `input_too_long`
 */
export async function pastedText(
  { stdin, prompt, signal }: Context,
  argument: string | undefined,
  question: string,
  flag: string,
): Promise<string> {
  if (argument !== undefined && argument !== '-') return outsideText(argument)
  if (argument === undefined && stdin().isTTY === true)
    return outsideText((await prompt.paste(question, flag)).reveal())
  return readStdin(stdin(), signal)
}
