import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountsFile } from './accounts-file.ts'
import { root } from './built-gsa.ts'

/** The shells with completion. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** One of {@link shells}. */
export type Shell = (typeof shells)[number]

/** A user at an interactive shell on a terminal, who has sourced the `gsa completion` script. */
export interface ShellSession {
  /** The shell's current folder. */
  readonly folder: string
  /** Types these keys and Enter; returns the words that `gsa` was run with. */
  type(keys: string): Promise<string[]>
  /**
   * Returns what Tab offers after this line, sorted, without the part of the word already typed. The line must not be
   * quoted.
   */
  offers(line: string): Promise<string[]>
  end(): Promise<void>
}

const deadlineMs = 60_000

/** The help's ways to load the script in every shell. */
type Installation = 'sourced' | 'file'

// The real gsa answers the completion, as a program; the typed command runs a function that records its words.
const setups: Readonly<Record<Shell, (installation: Installation) => readonly [file: string, text: string]>> = {
  // The file variant requires the bash-completion package.
  bash: () => [
    '.bashrc',
    `unset HISTFILE
source <(gsa completion bash)
gsa() { printf '%s\\0' "$@" > "$HOME/words"; printf 'done %d.\\n' $((++count)); }
bind '"\\C-xa": insert-completions'
bind 'set bell-style none'
printf 'done 0.\\n'`,
  ],
  zsh: (installation) => [
    '.zshrc',
    `${installation === 'file' ? 'gsa completion zsh > ~/.zsh/completions/_gsa; fpath=(~/.zsh/completions $fpath)' : ''}
autoload -Uz compinit && compinit -D -u
${installation === 'sourced' ? 'source <(gsa completion zsh)' : ''}
gsa() { printf '%s\\0' "$@" > "$HOME/words"; printf 'done %d.\\n' $((++count)); }
everything() { _main_complete; compstate[insert]=all compstate[list]= }
zle -C everything complete-word everything
bindkey '^Xa' everything
printf 'done 0.\\n'`,
  ],
  fish: (installation) => [
    '.config/fish/config.fish',
    `set -g fish_greeting
gsa completion fish ${installation === 'file' ? '> ~/.config/fish/completions/gsa.fish' : '| source'}
set -g count 0
function gsa
    printf '%s\\0' $argv > $HOME/words
    set count (math $count + 1)
    printf 'done %d.\\n' $count
end
function offers
    gsa (complete -C $argv[1] | string replace -r '\\t.*' '')
end
printf 'done 0.\\n'`,
  ],
}

const commands: Readonly<Record<Shell, string>> = { bash: 'bash -i', zsh: 'zsh -d -i', fish: 'fish -i' }

/** Starts a shell in its own home, with the built `gsa` on the PATH. The caller must stop it. */
export async function startShell(
  shell: Shell,
  { accounts, installation }: { readonly accounts: readonly string[]; readonly installation: Installation },
): Promise<ShellSession> {
  const home = mkdtempSync(join(tmpdir(), 'gsa-shell-'))
  const folder = join(home, 'work')
  // Without the last one, fish starts to read all manual pages.
  const folders = [
    'bin',
    'work',
    'gsa',
    '.zsh/completions',
    '.config/fish/completions',
    '.local/share/fish/generated_completions',
  ]
  for (const name of folders) mkdirSync(join(home, name), { recursive: true })
  symlinkSync(join(root, 'bin/gsa.js'), join(home, 'bin/gsa'))
  writeFileSync(join(home, 'gsa/accounts.json'), accountsFile(accounts))
  const [file, text] = setups[shell](installation)
  writeFileSync(join(home, file), `cd ${folder}\n${text}\n`)
  const child = spawn('script', ['--quiet', '--flush', '--command', commands[shell], '/dev/null'], {
    cwd: folder,
    env: {
      PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
      HOME: home,
      ZDOTDIR: home,
      GSA_CONFIG_DIR: join(home, 'gsa'),
      TERM: 'dumb',
      LC_ALL: 'C.UTF-8',
    },
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let screen = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      screen += chunk
      for (const watcher of watchers) watcher()
    })
  child.stdin.on('error', () => undefined)
  const shows = (wanted: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(new Error(`${shell} never showed "${wanted}":\n${screen}`)), deadlineMs)
      const settle = (error?: Error): void => {
        clearTimeout(timer)
        watchers.delete(watch)
        if (error === undefined) resolve()
        else reject(error)
      }
      const watch = (): void => {
        if (screen.includes(wanted)) settle()
      }
      watchers.add(watch)
      watch()
    })
  const end = async (): Promise<void> => {
    child.stdin.end('\u0015exit\r')
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await ended
    clearTimeout(timer)
    rmSync(home, { recursive: true, force: true })
  }
  let runs = 0
  const type = async (keys: string): Promise<string[]> => {
    child.stdin.write(`${keys}\r`)
    await shows(`done ${++runs}.`)
    return readFileSync(join(home, 'words'), 'utf8').split('\0').slice(0, -1)
  }
  try {
    await shows('done 0.')
  } catch (error) {
    await end()
    throw error
  }
  return {
    folder,
    type,
    async offers(line) {
      const typed = line.split(' ').slice(1)
      const last = typed.at(-1) ?? ''
      // Bash and zsh insert every completion at the same time, and gsa is run with them.
      const words =
        shell === 'fish'
          ? (await type(`offers '${line}'`)).filter((word) => word !== '')
          : (await type(`${line}\u0018a`)).slice(typed.length - 1).filter((word) => word !== last)
      return words.map((word) => word.replace(/^--[\w-]+=/, '')).toSorted()
    },
    end,
  }
}
