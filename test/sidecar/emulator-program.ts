import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { root } from '../support/built-gsa.ts'

/** A running `gsa emulator start`. */
export interface EmulatorProgram {
  /** The members of its line of JSON. */
  readonly addresses: {
    readonly driveUrl?: string
    readonly controlUrl?: string
    readonly issuer?: string
    readonly caFile?: string
    readonly accounts?: readonly { readonly email: string }[]
  }
  /** Stops it as a container platform does. */
  readonly stop: () => void
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>
}

/** Starts the emulator of the built gsa, or of another, on a free port as its own process. It ends with the test. */
export async function startEmulatorProgram(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
  [program = '', ...words]: readonly string[] = [process.execPath, join(root, 'bin/gsa.js')],
): Promise<EmulatorProgram> {
  const argv = [...words, 'emulator', 'start', '--port', '0', '--json', ...flags]
  const child = spawn(program, argv, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve)
    child.once('exit', () => reject(new Error('the emulator did not start')))
  })
  return { addresses: JSON.parse(line) as EmulatorProgram['addresses'], stop: () => child.kill('SIGTERM'), ended }
}
