import { Failure } from '../failures/index.ts'

/** What a step found that works today and will bite later: a sentence on it, and one on what to do. */
export interface Concern {
  readonly detail: string
  readonly fix: string
}

/** One step of a checklist: what it is called, what must have passed before it, and what it does. */
export interface Step<State> {
  /** For scripts: kebab-case. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** Names of steps that must have passed. */
  readonly needs?: readonly string[]
  /**
   * Does it; gives a few words on what was found, or a {@link Concern}. Throws to fail, throws
   * {@link NotAvailable} to be skipped.
   */
  readonly run: (state: State) => Promise<string | Concern> | string | Concern
}

/** How a step went. */
export interface StepResult {
  readonly name: string
  readonly title: string
  /** A warning is as good as passed for the steps that need it. */
  readonly status: 'passed' | 'warning' | 'failed' | 'skipped'
  /** Milliseconds. */
  readonly ms: number
  readonly detail: string
  /** What to do about it, where that is known. */
  readonly fix?: string
  /** What a step that failed threw. */
  readonly error?: unknown
}

/** How many steps went so. */
export function countOf(results: readonly StepResult[], status: StepResult['status']): number {
  return results.filter((result) => result.status === status).length
}

/** What an earlier step left behind; that it did is what {@link Step.needs} makes sure of. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an earlier step left nothing behind')
  return value
}

/** Thrown by a step whose subject is not there, with the reason, and with what to do if it is wanted. */
export class NotAvailable extends Error {
  override readonly name = 'NotAvailable'
  readonly fix: string | undefined

  constructor(reason: string, fix?: string) {
    super(reason)
    this.fix = fix
  }
}

/**
 * Runs the steps in order; a step whose needs were not met is skipped.
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
