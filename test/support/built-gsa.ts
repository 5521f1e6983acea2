import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'

/** The checkout. */
export const root = join(import.meta.dirname, '../..')

/** The options of a program run. */
export interface ProgramOptions {
  /** The whole environment apart from PATH: none of the developer's own settings get through. */
  readonly env?: Readonly<Record<string, string>>
  /** Written to standard input, which then ends. */
  readonly stdin?: string | Buffer
  readonly folder?: string
  /** Killed if still running by then. Default 20,000 ms. */
  readonly deadlineMs?: number
}

/** The output and exit code of a program. */
export class Ended {
  /** null for a program killed by a signal. */
  readonly exitCode: number | null
  /** The signal that killed the program; a shell turns it into an exit code: 130 for SIGINT. */
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string

  constructor(exitCode: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string) {
    this.exitCode = exitCode
    this.signal = signal
    this.stdout = stdout
    this.stderr = stderr
  }

  // Getters of the class and not of the object, so that the report of a failed test does not call them.

  /** stdout as JSON. */
  get json(): JsonObject {
    return JSON.parse(this.stdout) as JsonObject
  }

  /** The `error` member of the JSON document on stderr. */
  get error(): JsonObject {
    return (JSON.parse(this.stderr.split('\n').at(-2) ?? '') as { error: JsonObject }).error
  }
}

/** A running program. It is killed at the end of the test at the latest. */
export interface Running {
  /** Waits until standard error matches. Rejects if the program exits first. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Waits until standard output matches. Rejects if the program exits first. */
  prints(pattern: RegExp): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  readonly pid: number | undefined
  /** Rejects if the deadline had to kill it. */
  readonly ended: Promise<Ended>
}

const defaultDeadlineMs = 90_000

/** Starts the built `gsa` as its own process. */
export function startGsa(argv: readonly string[], options: ProgramOptions = {}): Running {
  return startProgram(process.execPath, [join(root, 'bin/gsa.js'), ...argv], options)
}

/** Runs the built `gsa` until it exits. */
export async function runGsa(argv: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return startGsa(argv, options).ended
}

/** Runs any other program until it exits. */
export async function runProgram(
  program: string,
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  return startProgram(program, argv, options).ended
}

/** Starts any other program. */
export function startProgram(program: string, argv: readonly string[], options: ProgramOptions): Running {
  const child = spawn(program, argv, {
    cwd: options.folder,
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  // A program that does not read its input may close it.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const ended = endOf(child, [program, ...argv], options.deadlineMs ?? defaultDeadlineMs, stdout, stderr)
  // Not every test waits for the processes that it starts.
  ended.catch(() => undefined)
  return {
    ended,
    pid: child.pid,
    signal: (name) => child.kill(name),
    says: (pattern) => said(child, child.stderr, stderr, pattern),
    prints: (pattern) => said(child, child.stdout, stdout, pattern),
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

function collect(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

async function endOf(
  child: Child,
  command: readonly string[],
  deadlineMs: number,
  stdout: () => string,
  stderr: () => string,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`still running after ${deadlineMs} ms: ${command.join(' ')}\n${stdout()}${stderr()}`))
    }, deadlineMs)
    child.once('error', reject)
    child.once('close', (exitCode: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer)
      resolve(new Ended(exitCode, signal, stdout(), stderr()))
    })
  })
}

async function said(child: Child, stream: Readable, text: () => string, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const match = pattern.exec(text())
      if (match !== null) resolve(match)
    }
    stream.on('data', look)
    child.once('close', () => reject(new Error(`ended without saying ${pattern}:\n${text()}`)))
    look()
  })
}
