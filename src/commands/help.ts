import { Command } from 'commander'
import { Failure, safeText } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { twoColumns } from '../terminal/lines.ts'
import { examples } from '../terminal/options.ts'
import { helpTopics } from './help-topics.ts'

/** `gsa help`: of the program, of a command at any depth, or on a topic. */
export function helpCommand({ output }: Context, program: Command): Command {
  return new Command('help')
    .description('print help for a command, or on a topic')
    .argument('[words...]', `a command, or one of ${Object.keys(helpTopics).join(', ')}`)
    .addHelpText('before', examples('gsa help drive put', 'gsa help exit-codes', 'gsa help environment'))
    .action(async (words: readonly string[]) => {
      const name = words.join(' ')
      const topic = Object.hasOwn(helpTopics, name) ? helpTopics[name] : undefined
      if (topic === undefined) commandNamed(program, words).outputHelp()
      else await output.result(Object.fromEntries(topic.rows), () => `${topic.title}\n\n${twoColumns(topic.rows)}`)
    })
}

function commandNamed(program: Command, words: readonly string[]): Command {
  let command: Command | undefined = program
  for (const word of words)
    command = command?.commands.find((child) => child.name() === word || child.aliases().includes(word))
  if (command !== undefined) return command
  throw new Failure('usage', {
    problem: `There is no help on "${safeText(words.join(' '))}"; the topics are ${Object.keys(helpTopics).join(' and ')}.`,
    command: 'gsa',
  })
}
