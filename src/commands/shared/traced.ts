import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { shellWord } from '../../core/shell-word.ts'
import { Failure, fileProblem, masked } from '../../failures/index.ts'
import type { Flow, FlowOutcome } from '../../flows/flow.ts'
import type { Context } from '../../terminal/context.ts'
import { version } from '../../terminal/version.ts'

/** The option of commands that can write down what they do. */
export interface TraceOption {
  readonly trace?: string
}

const exchanging =
  "An app obtained a one-time code for its user. The app's backend exchanges the code for tokens, with which it can use the user's data while the user is away."
const loggingIn =
  'A user allows a program, through a browser, to use some of the data in their Google account. The program gets tokens for it, and never sees the password.'

/** The commands that can be traced, each with the purpose of its flow. */
const purposes = {
  'gsa exchange': `${exchanging} Here, gsa takes the place of the backend.`,
  'gsa serve --once': `${exchanging} Here, gsa takes the place of the backend.`,
  'gsa login': loggingIn,
  'gsa login --start': `${loggingIn} Here, the browser is on another machine; this is the first of two steps.`,
  'gsa login --finish': `${loggingIn} Here, the browser is on another machine; this is the second of two steps.`,
  'gsa login --device': `${loggingIn} Here, the user types a short code in a browser on any device.`,
  'gsa refresh':
    'An access token works for an hour. A program with a refresh token gets the next one without the user.',
  'gsa smoke': 'A test of the whole flow, from a code to files in the app folder of Drive.',
} as const

/** A command that can be traced. */
export type TracedCommand = keyof typeof purposes

/** The flag and the help of `--trace`. */
export const traceOption = [
  '--trace <file>',
  'write the flow as a page for a browser, or as data if the name ends in .json',
] as const

/**
 * Runs a command and writes its flow to the file of `--trace`, also if it fails. Without the option it only runs.
 * @throws Failure `usage` if the file cannot be written, before anything is sent; and what `run` throws
 */
export async function traced(
  context: Context,
  { trace: file }: TraceOption,
  command: TracedCommand,
  run: (context: Context) => Promise<void>,
): Promise<void> {
  if (file === undefined) return run(context)
  refuseOtherFile(file, command)
  const [{ createRecorder }, { writeNamedFile }, write] = await Promise.all([
    import('../../flows/recorder.ts'),
    import('../../files/write-named-file.ts'),
    writerFor(file),
  ])
  const about = {
    title: command,
    purpose: purposes[command],
    command: shownCommand(command, context.argv),
    writer: `gsa ${version}`,
  }
  const recorder = createRecorder(about, context.now)
  const save = (outcome: FlowOutcome): void => writeNamedFile(file, write(recorder.flow(outcome)), { isDurable: false })
  try {
    // If gsa is killed, the trace of an earlier run must not remain.
    save({ result: 'unfinished', text: 'The flow is not over yet, or gsa was ended before it was.' })
  } catch (error) {
    const problem = `--trace cannot write ${file}: ${fileProblem(error)}.`
    throw new Failure('usage', { problem, command }, { cause: error })
  }
  const saveLast = (outcome: FlowOutcome): void => {
    try {
      save(outcome)
      context.output.note(`The flow was written to ${file}.`)
    } catch (error) {
      // The tokens are stored: a page that cannot be written must not look like a failure of the login.
      const message = `The flow could not be written to ${file}: ${fileProblem(error)}.`
      context.output.warn({ message, fix: 'Choose another file for --trace.' })
    }
  }
  try {
    await run({ ...context, trace: recorder.trace })
  } catch (error) {
    saveLast(failedOutcome(error))
    throw error
  }
  saveLast({ result: 'succeeded', text: 'Everything that was checked is in order.' })
}

// How a trace begins, as a page or as data.
const beginnings = [
  /^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="gsa /,
  /^\{\n {2}"version": 1,\n {2}"title": "gsa /,
]

/**
 * Refuses a file that is no earlier trace: it may be the client secrets, a store, or what the shell redirects the
 * result to.
 * @throws Failure `usage`
 */
function refuseOtherFile(file: string, command: string): void {
  const refuse = (problem: string): Failure => new Failure('usage', { problem, command })
  if (file === '' || file === '-') throw refuse('--trace needs the name of a file.')
  if (/^\/(?:dev|proc)\//.test(resolve(file))) throw refuse(`--trace cannot write to ${file}: name a file.`)
  const status = statusOf(file)
  if (status === undefined || (status.isFile() && status.size === 0)) return
  const isTrace = status.isFile() && beginnings.some((beginning) => beginning.test(beginningOf(file)))
  if (!isTrace) throw refuse(`--trace would replace ${file}, which is no earlier trace. Choose another name.`)
}

function statusOf(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    // Writing says what is wrong with the path.
    return undefined
  }
}

function beginningOf(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const bytes = Buffer.alloc(200)
    return bytes.toString('utf8', 0, readSync(descriptor, bytes))
  } finally {
    closeSync(descriptor)
  }
}

// Options whose values are no secrets, unless they were typed by mistake.
const shownOptions: ReadonlySet<string> = new Set([
  '--account',
  '--client-secrets',
  '--code-verifier-file',
  '--expect-email',
  '--from',
  '--junit',
  '--port',
  '--scope',
  '--timeout',
  '--trace',
])

/** Returns a command line as it can be shown: options, the values of some, and `…` in place of all other words. */
function shownCommand(command: TracedCommand, argv: readonly string[]): string {
  const shown = (option: string, value: string): string =>
    shownOptions.has(option) && /^[\x21-\x7e]+$/.test(value) ? masked(shellWord(value)) : '…'
  const name = command
    .split(' ')
    .slice(1)
    .filter((word) => !word.startsWith('-'))
  const words = argv.slice(name.length).map((word, at, all): string => {
    const [, option, value] = /^(--[a-z-]+)(?:=([^]*))?$/.exec(word) ?? []
    if (option === undefined) return word === '-' ? word : shown(all[at - 1] ?? '', word)
    return value === undefined ? option : `${option}=${shown(option, value)}`
  })
  return ['gsa', ...name, ...words].join(' ')
}

async function writerFor(file: string): Promise<(flow: Flow) => string> {
  if (/\.json$/i.test(file)) return (flow) => `${JSON.stringify(flow, null, 2)}\n`
  const { flowPage } = await import('../../pages/flow-page.ts')
  return flowPage
}

function failedOutcome(error: unknown): FlowOutcome {
  if (!(error instanceof Failure)) return { result: 'failed', text: 'gsa failed unexpectedly.' }
  const { causeText: text, fix, code, exitCode } = error
  return { result: 'failed', text, fix, code, exitCode }
}
