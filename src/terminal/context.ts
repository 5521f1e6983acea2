import type { Output } from './output.ts'
import type { Prompt } from './prompt.ts'
import type { Surroundings } from './surroundings.ts'

/** Everything that a command gets from its run. */
export interface Context extends Surroundings {
  readonly output: Output
  readonly prompt: Prompt
}
