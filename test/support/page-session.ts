import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { root } from './built-gsa.ts'
import { freePort } from './free-port.ts'

/** A command of a page, and the lines that the page shows as its output. */
interface Example {
  readonly command: string
  readonly shown: readonly string[]
}

/** Returns the commands of the `console` blocks of a page, in order. */
function examplesOf(page: string): Example[] {
  return [...page.matchAll(/```console\n([^]*?)```/g)]
    .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
    .map((text) => {
      const [command = '', ...shown] = text.trimEnd().split('\n')
      return { command, shown: shown.filter((line) => line !== '…' && line !== '') }
    })
}

/**
 * Types the commands of a page into one shell and compares what they print. Each `gsa emulator start` and `gsa serve`
 * runs in a terminal of its own, until the page starts the same again. A command fails if the page shows "Error:".
 * Returns the number of commands.
 */
export async function runPage(page: string, session: Readonly<Record<string, string>> = {}): Promise<number> {
  const { folder, env } = newMachine(session)
  const ports: Readonly<Record<string, string>> = { '9077': `${await freePort()}`, '8790': `${await freePort()}` }
  const withPorts = (text: string): string => text.replace(/\b(?:9077|8790)\b/g, (port) => ports[port] ?? port)
  const shell = openShell(folder, env)
  const servers = new Map<string, Shell>()
  const examples = examplesOf(page)
  for (const { command, shown } of examples) {
    const server = /^gsa (emulator start|serve)\b/.exec(command)?.[1]
    if (server === undefined) {
      const { exitCode, printed } = await shell.type(withPorts(command))
      const isFailure = shown.some((line) => line.startsWith('Error:'))
      expect(exitCode !== 0, `${command}\n${printed}`).toBe(isFailure)
      const lines = printed.split('\n').map(even)
      const missing = shown
        .map((line) => even(withPorts(line)))
        .filter((line) => !lines.some((one) => isShownAs(one, line)))
      expect(missing, `${command}\n${printed}`).toEqual([])
      continue
    }
    await servers.get(server)?.interrupt()
    const terminal = openShell(folder, env)
    servers.set(server, terminal)
    await terminal.shows(`${command} --port ${ports[server === 'serve' ? '8790' : '9077']}`, /Ctrl-C to stop/)
  }
  return examples.length
}

/** Makes a home with `gsa` on PATH. It has no keychain, unless the variables of a desktop session are given. */
function newMachine(session: Readonly<Record<string, string>>): {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
} {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'bin'))
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"\n`
  writeFileSync(join(folder, 'bin/gsa'), program, { mode: 0o755 })
  const PATH = [join(folder, 'bin'), process.env['PATH']].join(delimiter)
  return { folder, env: { ...session, PATH, HOME: folder } }
}

interface Shell {
  /** Runs a line and returns what it printed on both streams. */
  type(line: string): Promise<{ readonly exitCode: number; readonly printed: string }>
  /** Starts a line that keeps running, and waits until it has printed a text. */
  shows(line: string, pattern: RegExp): Promise<void>
  /** Ends what runs, as Ctrl-C does, and waits for it. */
  interrupt(): Promise<void>
}

function openShell(folder: string, env: Readonly<Record<string, string>>): Shell {
  const output = join(folder, `output-${Math.random().toString(36).slice(2)}`)
  writeFileSync(output, '')
  // A process group of its own, so that everything in it ends with the test.
  const shell = spawn('bash', ['-c', `exec bash >'${output}' 2>&1`], { cwd: folder, env, detached: true })
  const closed = new Promise((resolve) => shell.on('close', resolve))
  onTestFinished(() => {
    if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL')
  })
  let read = 0
  const until = async (pattern: RegExp): Promise<RegExpExecArray> =>
    vi.waitUntil(() => pattern.exec(readFileSync(output, 'utf8').slice(read)), { timeout: 60_000, interval: 20 })
  return {
    async type(line) {
      shell.stdin.write(`{ ${line}\n} </dev/null; printf '(exit %s)\\n' $?\n`)
      const [text, printed = '', exitCode] = await until(/^([^]*?)\(exit (\d+)\)\n/)
      read += text.length
      return { exitCode: Number(exitCode), printed }
    },
    async shows(line, pattern) {
      shell.stdin.end(`exec ${line} </dev/null\n`)
      await until(pattern)
    },
    async interrupt() {
      process.kill(-shell.pid!, 'SIGINT')
      await closed
    },
  }
}

/** Removes what differs from run to run. */
function even(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME')
    .replace(/\b(\d{4}-\d\d-\d\d)\b/, 'DAY')
    .replace(/\b[\w-]{45}\b/, 'ID')
    .replace(/ya29\.[\w-]+/, 'ya29.…')
}

/** Whether a printed line is the shown one, which may end in "…". */
function isShownAs(printed: string, shown: string): boolean {
  return shown.endsWith('…') && !shown.endsWith('ya29.…') ? printed.startsWith(shown.slice(0, -1)) : printed === shown
}
