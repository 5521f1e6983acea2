import { Command } from 'commander'
import { runChecklist, type StepResult } from '../doctor/checklist.ts'
import { endSmoke, smokeState, smokeSteps } from '../doctor/smoke.ts'
import { Failure, safeText } from '../failures/index.ts'
import { createHttp } from '../http/request.ts'
import type { Context } from '../terminal/context.ts'
import type { Output } from '../terminal/output.ts'
import { examples } from '../terminal/options.ts'
import { version } from '../terminal/version.ts'
import type { CommonOptions } from './session.ts'

/** `gsa smoke` */
export function smokeCommand(context: Context): Command {
  return new Command('smoke')
    .description('walk the whole flow on a local Google and print a checklist')
    .addHelpText('after', examples('gsa smoke', 'gsa smoke --json | jq .passed'))
    .action(async (_: unknown, command: Command) => {
      if (command.optsWithGlobals<CommonOptions>().account !== undefined)
        throw new Failure('usage', {
          problem: 'This version of gsa runs the smoke test on its own emulator only.',
          command: 'gsa smoke',
        })
      await smoke(context)
    })
}

async function smoke({ output, signal, now }: Context): Promise<void> {
  const state = smokeState(createHttp({ userAgent: `gsa/${version}`, signal, trace: output.trace }), signal, now)
  const results: StepResult[] = []
  try {
    if (!output.isJson) await output.write('gsa smoke: the whole flow on a local Google\n\n')
    for await (const result of runChecklist(smokeSteps, state)) {
      results.push(result)
      if (!output.isJson) await output.write(`${stepLine(result, output)}\n`)
    }
  } finally {
    await endSmoke(state)
  }
  const count = (status: StepResult['status']): number => results.filter((result) => result.status === status).length
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')]
  const firstFailed = results.find(({ status }) => status === 'failed')
  const document = {
    target: state.emulator?.issuer ?? 'emulator',
    passed,
    failed,
    skipped,
    steps: results.map(({ name, status, ms, detail }) => ({ name, status, ms, detail })),
  }
  const text = (): string => `\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
  if (firstFailed === undefined) {
    await output.result(document, text)
    return
  }
  // The checklist is the result, also when it says that something failed.
  await output.result(document, text)
  throw new Failure('smoke_failed', { failed, step: `${firstFailed.title} (${firstFailed.detail})` })
}

function stepLine({ status, title, ms, detail }: StepResult, { style }: Output): string {
  const mark = status === 'passed' ? style.green('✓') : status === 'failed' ? style.red('✗') : style.yellow('–')
  return `${mark} ${title.padEnd(52)} ${`${ms} ms`.padStart(8)}  ${style.dim(safeText(detail))}`
}
