import { Argument, Command } from 'commander'
import { scripts, type Shell } from '../completion/scripts.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'

/** `gsa completion`: prints the script for Tab completion in a shell. */
export function completionCommand({ output }: Context): Command {
  const shells = Object.keys(scripts)
  return (
    new Command('completion')
      .description('print a script for Tab completion of commands, options and accounts')
      // Named after its choices, so that the error about a missing argument lists them.
      .addArgument(new Argument(`<${shells.join('|')}>`, 'your shell').choices(shells))
      .addHelpText(
        'before',
        examples(
          'source <(gsa completion bash)     # bash: add to ~/.bashrc; or, with bash-completion, write a file:',
          'gsa completion bash > ~/.local/share/bash-completion/completions/gsa',
          'source <(gsa completion zsh)      # zsh: add to ~/.zshrc after compinit; or write a file in a folder of $fpath:',
          'gsa completion zsh > ~/.zsh/completions/_gsa',
          'gsa completion fish > ~/.config/fish/completions/gsa.fish',
          'gsa completion powershell | Out-String | Invoke-Expression   # PowerShell: add to $PROFILE',
        ),
      )
      .action(async (shell: Shell) => {
        const script = scripts[shell]
        if (output.isJson) await output.result({ shell, script }, () => '')
        else await output.write(script)
      })
  )
}
