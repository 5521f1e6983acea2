import { Failure } from '../failures/index.ts'

/** One step of a checklist: what it is called, what must have passed before it, and what it does. */
export interface Step<State> {
  /** For scripts: kebab-case. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** Names of steps that must have passed. */
  readonly needs?: readonly string[]
  /** Does it; gives a few words on what was found. Throws to fail, throws {@link NotAvailable} to be skipped. */
  readonly run: (state: State) => Promise<string> | string
}

/** How a step went. */
export interface StepResult {
  readonly name: string
  readonly title: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Milliseconds. */
  readonly ms: number
  readonly detail: string
  /** What a step that failed threw. */
  readonly error?: unknown
}

/** Thrown by a step whose subject is not there, with the reason. */
export class NotAvailable extends Error {
  override readonly name = 'NotAvailable'
}

/** Runs the steps in order; a step whose needs were not met is skipped. @throws Failure `interrupted`, which ends the run */
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
    if (outcome.status === 'passed') passed.add(name)
    yield { name, title, ms: Math.round(performance.now() - started), ...outcome }
  }
}

async function attempt<State>(
  run: Step<State>['run'],
  state: State,
): Promise<Pick<StepResult, 'status' | 'detail' | 'error'>> {
  try {
    return { status: 'passed', detail: await run(state) }
  } catch (error) {
    if (error instanceof NotAvailable) return { status: 'skipped', detail: error.message }
    if (error instanceof Failure && error.code === 'interrupted') throw error
    const detail = error instanceof Failure ? `${error.causeText} (${error.code})` : String(error)
    return { status: 'failed', detail, error }
  }
}
