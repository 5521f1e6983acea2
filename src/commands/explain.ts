import { statSync } from 'node:fs'
import { Argument, Command } from 'commander'
import { safeText } from '../core/safe-to-print.ts'
import { recognise } from '../diagnosis/recognise.ts'
import type { Candidate } from '../diagnosis/recognisers/recogniser.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { readStdin } from '../terminal/read-stdin.ts'

/** `gsa explain` */
export function explainCommand(context: Context): Command {
  return new Command('explain')
    .description('explain an error from Google sign-in or Drive, and how to fix it; sends nothing')
    .addArgument(
      new Argument(
        '[text...]',
        'an error message, response body, log, URL or error code; - reads it from standard input',
      ),
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
      // An unquoted sentence arrives as several arguments.
      const text = words.length === 0 ? undefined : words.join(' ')
      if (text !== undefined && isNameOfFile(text))
        throw new Failure('file_name_as_text', { path: text, platform: context.platform })
      const candidates = recognise(await textToExplain(context, text))
      await context.output.result({ candidates }, () => explanation(context, candidates))
    })
}

/**
 * Returns the argument, or standard input. On a terminal, reads lines up to the end-of-input key, because a log has
 * line breaks of its own.
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

/** Returns whether the text names a file. An error code such as `invalid_grant` stays one if such a file exists. */
function isNameOfFile(text: string): boolean {
  return isFile(text) && (/[./\\]/.test(text) || !isRecognised(text))
}

function isRecognised(text: string): boolean {
  try {
    return recognise(text).length > 0
  } catch (error) {
    if (isFailure(error, 'unknown_failure')) return false
    throw error
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
  } catch {
    // A text may be too long for a path.
    return false
  }
}

function explanation({ output: { style } }: Context, candidates: readonly Candidate[]): string {
  const [best, ...others] = candidates
  if (best === undefined) return ''
  const opening = { certain: '', likely: 'Probably: ', possible: 'Possibly: ' }[best.likelihood]
  const first = `${opening}${style.bold(best.cause)}\n${best.fix}\n${style.dim(`(${best.code}${support(best)})`)}`
  if (others.length === 0) return first
  return `${first}\n\nIt may also be:\n${others.map((other) => `  ${other.cause} ${style.dim(`(${other.code}${support(other)})`)}\n  ${other.fix}`).join('\n\n')}`
}

/** Names the words that suggest a candidate, so that its reader can judge them. */
function support({ code, because }: Candidate): string {
  const others = because.filter((words) => words !== code)
  return others.length === 0 ? '' : `, from ${others.map((words) => `"${safeText(words)}"`).join(', ')}`
}
