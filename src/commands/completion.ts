import { Argument, Command } from 'commander'
import { bashScript } from '../completion/bash-script.ts'
import { describeCommands, type Offer } from '../completion/described-command.ts'
import { fishScript } from '../completion/fish-script.ts'
import { zshScript } from '../completion/zsh-script.ts'
import { shortNames } from '../oauth/scopes.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { helpTopics } from './help/topics.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

type Shell = keyof typeof scripts

/** What can be offered for values that are not choices, by the placeholder that stands for them in the help. */
const offers: ReadonlyMap<string, Offer> = new Map<string, Offer>([
  ['file', 'file'],
  ['account', 'account'],
  ['email|sub', 'account'],
  ['email', 'account'],
  ['store', ['keychain', 'memory', 'file:', 'helper:']],
  ['scope', shortNames],
  ['method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
])

const topics = Object.entries(helpTopics).map(([name, { title }]) => ({ name, summary: title }))

/** `gsa completion`. It is handed the whole program, every command loaded: what the script offers is what there is. */
export function completionCommand({ output }: Context, wholeProgram: () => Promise<Command>): Command {
  const shells = Object.keys(scripts)
  return (
    new Command('completion')
      .description('print a script that completes commands, options and accounts with Tab')
      // Named like its choices, so that whoever leaves it out is told them.
      .addArgument(new Argument(`<${shells.join('|')}>`, 'the shell that it is for').choices(shells))
      .addHelpText(
        'before',
        examples(
          'source <(gsa completion bash)     # bash: in ~/.bashrc; or once and for all, with bash-completion:',
          'gsa completion bash > ~/.local/share/bash-completion/completions/gsa',
          'source <(gsa completion zsh)      # zsh: in ~/.zshrc, after compinit; or into a folder of $fpath:',
          'gsa completion zsh > ~/.zsh/completions/_gsa',
          'gsa completion fish > ~/.config/fish/completions/gsa.fish',
        ),
      )
      .action(async (shell: Shell) => {
        const script = scripts[shell](describeCommands(await wholeProgram(), { offers, helpTopics: topics }))
        await output.result({ shell, script }, () => script.trimEnd())
      })
  )
}
