import { Failure } from '../failures/index.ts'

/** A problem that causes no failure yet: a sentence about it, and one about the fix. */
export interface Concern {
  readonly detail: string
  readonly fix: string
}

/** One step of a checklist. */
export interface Step<State> {
  /** For scripts: kebab-case. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** The names of steps that must have passed. */
  readonly needs?: readonly string[]
  /**
   * Runs the step. Returns a few words about what was found, or a {@link Concern}. Throws to fail, or
   * {@link NotAvailable} to be skipped.
   */
  readonly run: (state: State) => Promise<string | Concern> | string | Concern
}

/** The result of a step. */
export interface StepResult {
  readonly name: string
  readonly title: string
  /** Steps that need this one also run after a warning. */
  readonly status: 'passed' | 'warning' | 'failed' | 'skipped'
  /** Milliseconds. */
  readonly ms: number
  readonly detail: string
  /** The fix, if known. */
  readonly fix?: string
  /** The error that a failed step threw. */
  readonly error?: unknown
}

/** Returns the number of steps with this status. */
export function countOf(results: readonly StepResult[], status: StepResult['status']): number {
  return results.filter((result) => result.status === status).length
}

/** Returns a value from an earlier step. {@link Step.needs} ensures that it exists. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an earlier step stored no value')
  return value
}

/** Thrown by a step that does not apply, with the reason and, if possible, how to make it apply. */
export class NotAvailable extends Error {
  override readonly name = 'NotAvailable'
  readonly fix: string | undefined

  constructor(reason: string, fix?: string) {
    super(reason)
    this.fix = fix
  }
}

/**
 * Runs the steps in order. Skips a step if one that it needs did not pass.
 * @throws Failure `interrupted`, which ends the run
 */
export async function* runChecklist<State>(steps: readonly Step<State>[], state: State): AsyncGenerator<StepResult> {
  const passed = new Set<string>()
  for (const { name, title, needs = [], run } of steps) {
    const unmet = needs.find((need) => !passed.has(need))
    if (unmet !== undefined) {
      const needed = steps.find((step) => step.name === unmet)?.title ?? unmet
      yield { name, title, status: 'skipped', ms: 0, detail: `needs: ${needed}` }
      continue
    }
    const started = performance.now()
    const outcome = await attempt(run, state)
    if (outcome.status === 'passed' || outcome.status === 'warning') passed.add(name)
    yield { name, title, ms: Math.round(performance.now() - started), ...outcome }
  }
}

type Outcome = Pick<StepResult, 'status' | 'detail' | 'fix' | 'error'>

async function attempt<State>(run: Step<State>['run'], state: State): Promise<Outcome> {
  try {
    const found = await run(state)
    return typeof found === 'string' ? { status: 'passed', detail: found } : { status: 'warning', ...found }
  } catch (error) {
    if (error instanceof NotAvailable)
      return { status: 'skipped', detail: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) }
    if (!(error instanceof Failure)) return { status: 'failed', detail: String(error), error }
    if (error.code === 'interrupted') throw error
    return { status: 'failed', detail: `${error.causeText} (${error.code})`, fix: error.fix, error }
  }
}
