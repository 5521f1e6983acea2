import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { embeddedFile } from '../core/embedded-file.ts'
import { bashReply, splitBashLine } from './bash-line.ts'
import { type Candidate, type Candidates, candidatesAt } from './candidates.ts'
import type { CommandNode } from './command-tree.ts'
import { readCommand, type WrittenCommand } from './written-tree.ts'

/**
 * Returns the lines that `gsa __complete SHELL …` prints for that shell's script (completion/scripts.ts).
 *
 * For bash, the two arguments are the line up to the cursor and the text that readline will replace; the result is
 * {@link bashReply}. The other shells pass the words up to the cursor, starting with `gsa`, and get `files` or `words`,
 * then the prefix that stays, then one line per candidate: the word, and after a tab its line of help if it has one.
 * @param accounts the names of the stored accounts, without control characters; called only where an account fits
 */
export function complete([shell, ...args]: readonly string[], accounts: () => readonly string[]): readonly string[] {
  if (shell === 'bash') {
    const [text = '', replaced = ''] = args
    const line = splitBashLine(text)
    const reply: Candidates = line.isRedirected
      ? { prefix: '', kind: 'files', words: [] }
      : candidatesAt(readTree(), line.before, line.typed, accounts)
    return bashReply(line, reply, replaced)
  }
  const typed = (args.at(-1) ?? '').slice(shell === 'powershell' ? 1 : 0)
  const { kind, prefix, words } = candidatesAt(readTree(), withoutCommand(args.slice(0, -1)), typed, accounts)
  const shown = words.filter(isShown[shell as keyof typeof isShown]?.(typed.slice(prefix.length)) ?? (() => true))
  return [kind, prefix, ...shown.map(({ word, summary }) => (summary === '' ? word : `${word}\t${summary}`))]
}

// zsh and fish filter the candidates themselves, each in its own way.
const isShown = {
  // Fish would also search the line of help for the typed text.
  fish:
    (typed: string) =>
    ({ word, summary }: Candidate): boolean =>
      summary === '' || word.includes(typed),
  powershell:
    (typed: string) =>
    ({ word }: Candidate): boolean =>
      word.toLowerCase().startsWith(typed.toLowerCase()),
}

/** Returns the words after the command; fish also passes the variables that are set before it. */
function withoutCommand(words: readonly string[]): readonly string[] {
  return words.slice(words.findIndex((word) => !/^\w+=/.test(word)) + 1)
}

/** Reads the tree from the build; loading commander and the commands would take too long. */
function readTree(): CommandNode {
  const name = 'command-tree.json'
  const text = String(embeddedFile(name) ?? readFileSync(join(import.meta.dirname, name)))
  return readCommand(JSON.parse(text) as WrittenCommand)
}
