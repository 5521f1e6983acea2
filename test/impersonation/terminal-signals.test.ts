import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { root } from '../support/built-gsa.ts'

const program = `
  let count = 0
  process.on('SIGINT', () => console.log('got ' + ++count))
  process.on('SIGTERM', () => process.exit())
  setInterval(() => undefined, 1000)
  console.log('gsa is ' + process.ppid)`

/** Returns the process id of the shell that gsa has started. */
function witnessOf(gsa: string): string | undefined {
  const children = readFileSync(`/proc/${gsa}/task/${gsa}/children`, 'utf8').trim().split(' ')
  return children.find((child) => {
    try {
      return readFileSync(`/proc/${child}/comm`, 'utf8') === 'sh\n'
    } catch {
      // It has ended meanwhile.
      return false
    }
  })
}

// The terminal comes from util-linux.
test.skipIf(process.platform !== 'linux').each([
  ['standard input is the terminal', ''],
  ['standard input is a pipe', 'true | '],
])('Ctrl-C reaches the program once, and so does SIGINT for gsa alone: %s', async (_, before) => {
  const gsa = `"$NODE" "${join(root, 'bin/gsa.js')}" emulator run --quiet -- "$NODE" -e "$PROGRAM"`
  const env = { ...process.env, NODE: process.execPath, PROGRAM: program }
  const terminal = spawn('script', ['--quiet', '--flush', '--command', before + gsa, '/dev/null'], { env })
  onTestFinished(() => void terminal.kill())
  let screen = ''
  terminal.stdout.setEncoding('utf8').on('data', (part: string) => {
    screen += part
  })
  const shows = async (text: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = text.exec(screen)
      if (found !== null) return found
      await once(terminal.stdout, 'data')
    }
  }
  const [, pid = ''] = await shows(/gsa is (\d+)/)
  // Signals merge while gsa has not yet treated the first, so wait for the witness that it starts after each Ctrl-C.
  const typeCtrlC = async (then: RegExp): Promise<void> => {
    const earlier = witnessOf(pid)
    terminal.stdin.write('\u0003')
    await shows(then)
    await vi.waitUntil(() => ![undefined, earlier].includes(witnessOf(pid)), { timeout: 60_000 })
  }
  await typeCtrlC(/got 1/)
  process.kill(Number(pid), 'SIGINT')
  await shows(/got 2/)
  await typeCtrlC(/got 3/)
  process.kill(Number(pid), 'SIGINT')
  await shows(/got 4/)
  const ended = new Promise((resolve) => terminal.once('close', resolve))
  process.kill(Number(pid), 'SIGTERM')
  await ended
  expect(screen.match(/got \d/g)).toEqual(['got 1', 'got 2', 'got 3', 'got 4'])
})
