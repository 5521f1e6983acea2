import { Failure, fileProblem } from '../../failures/index.ts'
import type { Flow, FlowOutcome } from '../../flows/flow.ts'
import type { Context } from '../../terminal/context.ts'
import { version } from '../../terminal/version.ts'

/** The option of commands that can write down what they do. */
export interface TraceOption {
  readonly trace?: string
}

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
  command: string,
  run: (context: Context) => Promise<void>,
): Promise<void> {
  if (file === undefined) return run(context)
  const [{ createRecorder }, { writeNamedFile }, write] = await Promise.all([
    import('../../flows/recorder.ts'),
    import('../../files/write-named-file.ts'),
    writerFor(file),
  ])
  const recorder = createRecorder(command, `gsa ${version}`, context.now)
  const save = (outcome: FlowOutcome): void => writeNamedFile(file, write(recorder.flow(outcome)), { isDurable: false })
  try {
    // If gsa is killed, the trace of an earlier run must not remain.
    save({ result: 'unfinished', text: 'gsa was ended before the flow was over.' })
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

async function writerFor(file: string): Promise<(flow: Flow) => string> {
  if (file.endsWith('.json')) return (flow) => `${JSON.stringify(flow, null, 2)}\n`
  const { flowPage } = await import('../../pages/flow-page.ts')
  return flowPage
}

function failedOutcome(error: unknown): FlowOutcome {
  if (!(error instanceof Failure)) return { result: 'failed', text: 'gsa failed unexpectedly.' }
  const { causeText: text, fix, code, exitCode } = error
  return { result: 'failed', text, fix, code, exitCode }
}
