import { Command } from 'commander'
import { safeText } from '../../core/safe-to-print.ts'
import { Failure } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import { type HelpTopic, helpTopics } from './topics.ts'

/** `gsa help`: help for the program, a command at any depth, or a topic. */
export function helpCommand({ output }: Context, program: Command): Command {
  return new Command('help')
    .description('print help for a command or a topic')
    .argument('[words...]', `a command, or one of ${Object.keys(helpTopics).join(', ')}`)
    .addHelpText('before', examples('gsa help drive put', 'gsa help exit-codes', 'gsa help environment'))
    .action(async (words: readonly string[]) => {
      const name = words.join(' ')
      const topic = Object.hasOwn(helpTopics, name) ? helpTopics[name] : undefined
      if (topic === undefined) commandNamed(program, words).outputHelp()
      else await output.result(Object.fromEntries(topic.rows), () => topicText(topic, program))
    })
}

/** Formats a topic at the same line width as a command's help. */
function topicText({ title, rows }: HelpTopic, program: Command): string {
  const help = program.createHelp()
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, meaning]) => help.formatItem(name, width, meaning, help))
  return `${help.boxWrap(title, 80)}\n\n${lines.join('\n')}`
}

function commandNamed(program: Command, words: readonly string[]): Command {
  let command: Command | undefined = program
  for (const word of words)
    command = command?.commands.find((child) => child.name() === word || child.aliases().includes(word))
  if (command !== undefined) return command
  throw new Failure('usage', {
    problem: `There is no help for "${safeText(words.join(' '))}"; the topics are ${Object.keys(helpTopics).join(' and ')}.`,
    command: 'gsa',
  })
}
