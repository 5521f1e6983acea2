import type { CommandNode, Offer } from './completion/command-tree.ts'
import { describeCommands } from './completion/describe-commands.ts'
import { helpTopics } from './commands/help/topics.ts'
import { shortNames } from './oauth/scopes.ts'
import { wholeProgram } from './program.ts'
import type { Context } from './terminal/context.ts'

// What to offer for values without choices, by the placeholder that stands for them in the help.
const offers: ReadonlyMap<string, Offer> = new Map<string, Offer>([
  ['file', 'file'],
  ['account', 'account'],
  ['email|sub', 'account'],
  ['email', 'account'],
  ['store', ['keychain', 'memory', 'file:', 'helper:']],
  ['scope', shortNames],
  ['method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
])

/** Returns the tree of all commands for the Tab key. Run by the build: loading every command takes too long for Tab. */
export async function commandTree(): Promise<CommandNode> {
  // The parser of the commands looks at nothing else before one of them runs.
  const program = await wholeProgram({ argv: [], env: {} } as unknown as Context)
  const topics = Object.entries(helpTopics).map(([name, { title }]) => ({ name, summary: title }))
  return describeCommands(program, { offers, helpTopics: topics })
}
