import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { safeText } from '../../core/safe-to-print.ts'
import { shellWord } from '../../core/shell-word.ts'
import { Failure, fileProblem, masked } from '../../failures/index.ts'
import type { Trace } from '../../flows/event.ts'
import type { Flow, FlowOutcome } from '../../flows/flow.ts'
import type * as FlowPage from '../../pages/flow-page.ts'
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
  const [{ createRecorder }, { writeNamedFile }] = await Promise.all([
    import('../../flows/recorder.ts'),
    import('../../files/write-named-file.ts'),
  ])
  const about = {
    title: command,
    purpose: purposes[command],
    command: shownCommand(command, context.argv),
    writer: `gsa ${version}`,
  }
  const recorder = createRecorder(about, context.now)
  const isData = /\.json$/i.test(file)
  try {
    // If gsa is killed, the trace of an earlier run must not remain.
    const flow = recorder.flow({ result: 'unfinished', text: unfinished })
    writeNamedFile(file, isData ? dataOf(flow) : placeholder(flow), { isDurable: false })
  } catch (error) {
    const problem = `--trace cannot write ${safeText(file)}: ${fileProblem(error)}.`
    throw new Failure('usage', { problem, command }, { cause: error })
  }
  const save = async (outcome: FlowOutcome): Promise<void> => {
    const flow = recorder.flow(outcome)
    try {
      writeNamedFile(file, isData ? dataOf(flow) : (await loadPage()).flowPage(flow), { isDurable: false })
      context.output.note(`The flow was written to ${safeText(file)}.`)
    } catch (error) {
      // The tokens are stored: a page that cannot be written must not look like a failure of the login.
      const message = `The flow could not be written to ${file}: ${fileProblem(error)}.`
      context.output.warn({ message, fix: 'Choose another file for --trace.' })
    }
  }
  const trace: Trace = (event, secrets) => {
    recorder.trace(event, secrets)
    // While the first response is on its way, which costs no time.
    if (event.type === 'request' && !isData) setImmediate(() => void loadPage())
  }
  try {
    await run({ ...context, trace })
  } catch (error) {
    await save(failedOutcome(error))
    throw error
  }
  await save({ result: 'succeeded', text: 'Everything that was checked is in order.' })
}

const unfinished = 'The flow is not over yet, or gsa was ended before it was.'

const loadPage = async (): Promise<typeof FlowPage> => import('../../pages/flow-page.ts')

const dataOf = (flow: Flow): string => `${JSON.stringify(flow, null, 2)}\n`

/** Returns a page without the modules that draw one. Nothing in it needs to be escaped. */
function placeholder({ title, writer }: Pick<Flow, 'title' | 'writer'>): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${writer}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: not finished</title>
</head>
<body>
<h1>${title}: not finished</h1>
<p>${unfinished}</p>
</body>
</html>
`
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

function failedOutcome(error: unknown): FlowOutcome {
  if (!(error instanceof Failure)) return { result: 'failed', text: 'gsa failed unexpectedly.' }
  const { causeText: text, fix, code, exitCode } = error
  return { result: 'failed', text, fix, code, exitCode }
}
