import { Argument, Command } from 'commander'
import { scripts, type Shell } from '../completion/scripts.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'

/** `gsa completion`: prints the script that makes Tab work in a shell. */
export function completionCommand({ output }: Context): Command {
  const shells = Object.keys(scripts)
  return (
    new Command('completion')
      .description('print a script that completes commands, options and accounts with Tab')
      // Named after its choices: an error about a missing argument then lists them.
      .addArgument(new Argument(`<${shells.join('|')}>`, 'your shell').choices(shells))
      .addHelpText(
        'before',
        examples(
          'source <(gsa completion bash)     # bash: in ~/.bashrc; or as a file, with bash-completion:',
          'gsa completion bash > ~/.local/share/bash-completion/completions/gsa',
          'source <(gsa completion zsh)      # zsh: in ~/.zshrc, after compinit; or as a file in a folder of $fpath:',
          'gsa completion zsh > ~/.zsh/completions/_gsa',
          'gsa completion fish > ~/.config/fish/completions/gsa.fish',
          'gsa completion powershell | Out-String | Invoke-Expression   # PowerShell: in $PROFILE',
        ),
      )
      .action(async (shell: Shell) => {
        const script = scripts[shell]
        if (output.isJson) await output.result({ shell, script }, () => '')
        else await output.write(script)
      })
  )
}
