import type { Offer } from './completion/command-tree.ts'
import { describeCommands } from './completion/describe-commands.ts'
import { type WrittenCommand, writtenCommand } from './completion/written-tree.ts'
import { helpTopics } from './commands/help/topics.ts'
import { shortNames } from './oauth/scopes.ts'
import { wholeProgram } from './program.ts'
import type { Context } from './terminal/context.ts'

// The values to offer for options without choices, by their placeholder in the help.
const offers: ReadonlyMap<string, Offer> = new Map<string, Offer>([
  ['file', 'file'],
  ['account', 'account'],
  ['email|sub', 'account'],
  ['email', 'account'],
  ['store', ['keychain', 'memory', 'file:', 'helper:']],
  ['scope', shortNames],
  ['method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
])

/**
 * Returns the tree of all commands for the Tab key. The build runs this, because loading every command takes too long
 * for Tab.
 */
export async function commandTree(): Promise<WrittenCommand> {
  // The command parser uses nothing else before a command runs.
  const program = await wholeProgram({ argv: [], env: {} } as unknown as Context)
  const topics = Object.entries(helpTopics).map(([name, { title }]) => ({ name, summary: title }))
  return writtenCommand(describeCommands(program, { offers, helpTopics: topics }))
}
