import { Argument, Command } from 'commander'
import { recognise } from '../diagnosis/recognise.ts'
import type { Candidate } from '../diagnosis/recognisers/recogniser.ts'
import { Failure } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { readStdin } from '../terminal/read-stdin.ts'

/** `gsa explain` */
export function explainCommand(context: Context): Command {
  return new Command('explain')
    .description('say what an error of Google sign-in or Drive means, and what to do; nothing is sent anywhere')
    .addArgument(
      new Argument('[text...]', 'an error text, a body, a log, an address or a code; - reads it from standard input'),
    )
    .addHelpText(
      'before',
      examples(
        'gsa explain "invalid_grant: Malformed auth code."',
        'gsa explain - < error.log',
        'adb logcat -d | grep -i apiexception | gsa explain',
        'gsa explain redirect_uri_mismatch --json | jq -r ".candidates[].fix"',
      ),
    )
    .action(async (words: readonly string[]) => {
      // A sentence without quotes comes in words.
      const text = words.length === 0 ? undefined : words.join(' ')
      const candidates = recognise(await textToExplain(context, text))
      await context.output.result({ candidates }, () => explanation(context, candidates))
    })
}

/**
 * The argument, standard input, or several lines of a terminal up to its end-of-input key: a
 * log has line breaks of its own.
 */
async function textToExplain(
  { stdin, prompt, output, platform, signal }: Context,
  argument: string | undefined,
): Promise<string> {
  if (argument !== undefined && argument !== '-') return argument
  if (stdin().isTTY === true) {
    const question = 'What does the error say?'
    if (!prompt.isConversation())
      throw new Failure('answer_needed', { question, flag: 'gsa explain TEXT, or - with the text on standard input' })
    const endOfInput = platform === 'win32' ? 'Ctrl-Z, Enter' : 'Ctrl-D'
    output.important(`${question} Paste it, then press Enter and ${endOfInput}:`)
  }
  return readStdin(stdin(), signal)
}

function explanation({ output: { style } }: Context, candidates: readonly Candidate[]): string {
  const [best, ...others] = candidates
  if (best === undefined) return ''
  const opening = { certain: '', likely: 'Probably: ', possible: 'Possibly: ' }[best.likelihood]
  const first = `${opening}${style.bold(best.cause)}\n${best.fix}\n${style.dim(`(${best.code})`)}`
  if (others.length === 0) return first
  return `${first}\n\nIt may also be:\n${others.map(({ code, cause }) => `  ${cause} ${style.dim(`(${code})`)}`).join('\n')}`
}
