import { safeText } from '../../core/safe-to-print.ts'
import { countOf, type StepResult } from '../../doctor/checklist.ts'
import type { Context } from '../../terminal/context.ts'
import type { Output } from '../../terminal/output.ts'

/** Formats a step: one line if it is well, else with the problem and the fix below. */
export function stepText({ status, title, ms, detail, fix }: StepResult, { style }: Output): string {
  const mark = {
    passed: style.green('✓'),
    warning: style.yellow('!'),
    failed: style.red('✗'),
    skipped: style.dim('–'),
  }[status]
  const line = `${mark} ${title.padEnd(52)} ${`${ms} ms`.padStart(8)}`
  const isWell = status === 'passed' || status === 'skipped'
  const below = [...(isWell ? [] : [safeText(detail)]), ...(fix === undefined ? [] : [style.dim(safeText(fix))])]
  return [isWell ? `${line}  ${style.dim(safeText(detail))}` : line, ...below.map((text) => `    ${text}`)].join('\n')
}

/** Returns the context with notes held back until `release`, so that they do not interrupt the list. */
export function withNotesHeld(context: Context): { readonly held: Context; readonly release: () => void } {
  const { output } = context
  const notes: string[] = []
  return {
    held: { ...context, output: { ...output, note: (text) => notes.push(text) } },
    release: () => notes.splice(0).forEach(output.note),
  }
}

/** Prints a finished checklist as the result of its command, even if a step failed. */
export async function reportChecklist(output: Output, target: string, results: readonly StepResult[]): Promise<void> {
  const passed = countOf(results, 'passed')
  const warnings = countOf(results, 'warning')
  const failed = countOf(results, 'failed')
  const skipped = countOf(results, 'skipped')
  const steps = results.map(({ name, status, ms, detail, fix }) => ({
    name,
    status,
    ms,
    detail,
    ...(fix === undefined ? {} : { fix }),
  }))
  const counts = [
    `${passed} passed`,
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
    `${failed} failed`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ]
  await output.result({ target, passed, failed, skipped, warnings, steps }, () => `\n${counts.join(', ')}`)
}
