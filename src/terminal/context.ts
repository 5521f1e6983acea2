import type { Output } from './output.ts'
import type { Prompt } from './prompt.ts'
import type { Surroundings } from './surroundings.ts'

/** What a command is given. */
export interface Context extends Surroundings {
  readonly output: Output
  readonly prompt: Prompt
}
