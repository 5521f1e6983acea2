import type { Trace } from '../flows/event.ts'
import type { Output } from './output.ts'
import type { Prompt } from './prompt.ts'
import type { Surroundings } from './surroundings.ts'

/** Everything that a command gets from its run. */
export interface Context extends Surroundings {
  readonly output: Output
  readonly prompt: Prompt
  /** Receives the steps of a flow, for `--trace`. */
  readonly trace?: Trace
}
