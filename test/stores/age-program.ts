import { spawnSync } from 'node:child_process'

// `age` reads passphrases only from a terminal. This answers each prompt with the next line of standard input.
const typist = `
import os, pty, sys
answers = sys.stdin.read().split('\\n')
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b''
while True:
    try:
        chunk = os.read(terminal, 1024)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    if shown.rstrip().endswith(b':'):
        os.write(terminal, answers.pop(0).encode() + b'\\n')
        shown = b''
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

/** Runs Debian's `age` on a terminal and types the passphrases that it asks for. @throws Error with what it showed */
export function runAge(argv: readonly string[], passphrases: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', typist, 'age', ...argv], {
    input: passphrases.join('\n'),
    encoding: 'utf8',
    timeout: 90_000,
  })
  if (status !== 0) throw new Error(`age ended with status ${status}: ${stdout}${stderr}`)
}
