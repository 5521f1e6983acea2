import { Failure } from './failure.ts'
import { secretKind } from './masked.ts'

// A part of every secret that {@link secretKind} knows: most values have none, and skip the slower check of all shapes.
const partOfSecret = /-----BEGIN|AGE-SECRET-KEY-|AH-1Ng|GOCSPX-|ya29\.|eyJ|1(?:\/[/%]|%)|4(?:\/0|%)|\{/i

/**
 * Refuses a value that contains a secret. `where` names the option or variable.
 * @throws Failure `secret_misplaced`
 */
export function refuseSecret(where: string, value: string): void {
  const kind = partOfSecret.test(value) ? secretKind(value) : undefined
  if (kind !== undefined) throw new Failure('secret_misplaced', { where, kind })
}
