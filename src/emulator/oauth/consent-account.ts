import type { EmulatorAccount } from '../built-in.ts'
import { Refused, frontEndError } from '../reply.ts'
import { findAccount } from '../state.ts'
import type { World } from '../state.ts'

/**
 * The account chosen in a consent form: one of those offered, or the one whose e-mail address was typed.
 *
 * @throws Refused when no account has the address that was typed.
 */
export function chosenAccount(world: World, form: URLSearchParams): EmulatorAccount | undefined {
  const typed = (form.get('other') ?? '').trim()
  if (typed === '' || form.get('decision') !== 'allow') return findAccount(world.state, form.get('account') ?? '')
  const account = findAccount(world.state, typed)
  if (!account)
    throw new Refused(frontEndError(400, 'Bad Request', 'There is no such account here. Go back to choose one.'))
  return account
}
