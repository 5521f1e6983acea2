import { Failure } from './failure.ts'
import { secretKind } from './masked.ts'

/** Refuses a value that is a secret of Google's. `where` names the option or the variable. @throws Failure `secret_misplaced` */
export function refuseSecret(where: string, value: string): void {
  const kind = secretKind(value)
  if (kind !== undefined) throw new Failure('secret_misplaced', { where, kind })
}
