import { Readable, Writable } from 'node:stream'
import type { run } from '../../src/run.ts'

/** Runs the program in this process, for thousands of runs: no emulator, no folder, only streams. */
export async function runQuietly(
  program: typeof run,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  memory = new Map<string, string>(),
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [sink(), sink()]
  const exitCode = await program({
    argv: [...argv],
    env,
    stdin: () => Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    openTerminal: () => undefined,
    blocking: (work) => work(),
    runProgram: async () => Promise.reject(new Error('no input names a program')),
    platform: 'linux',
    signal: new AbortController().signal,
    stopping: new AbortController().signal,
    defer: (work) => work(),
    now: Date.now,
    memory,
  })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

function sink(): { stream: Writable; text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream, text: () => text }
}
