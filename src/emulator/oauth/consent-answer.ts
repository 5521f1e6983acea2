import type { EmulatorAccount } from '../built-in.ts'
import { Refused, frontEndError } from '../reply.ts'
import { findAccount } from '../state.ts'
import type { World } from '../state.ts'

/**
 * The account chosen in a consent form: one of those offered, or the one whose e-mail address was typed.
 *
 * @throws Refused when that is none, or no decision came with it: an accident must not look like a denial.
 */
export function chosenAccount(world: World, form: URLSearchParams): EmulatorAccount | undefined {
  if (form.get('decision') === 'deny') return undefined
  if (form.get('decision') !== 'allow') throw refused('The form says neither allow nor deny.')
  const account = findAccount(world.state, (form.get('other') ?? '').trim() || (form.get('account') ?? ''))
  if (!account) throw refused('There is no such account here. Go back to choose one.')
  return account
}

function refused(sentence: string): Refused {
  return new Refused(frontEndError(400, 'Bad Request', sentence))
}
