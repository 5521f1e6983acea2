import { Failure } from './failure.ts'
import { secretKind } from './masked.ts'

// Part of every secret that {@link secretKind} knows. Most values have none of it, and need not wait
// for the shapes to be loaded.
const partOfSecret = /-----BEGIN|AGE-SECRET-KEY-|AH-1Ng|GOCSPX-|ya29\.|eyJ|[14](?:\/|%)|\{/i

/**
 * Refuses a value that is a secret of Google's. `where` names the option or the variable.
 * @throws Failure `secret_misplaced`
 */
export function refuseSecret(where: string, value: string): void {
  const kind = partOfSecret.test(value) ? secretKind(value) : undefined
  if (kind !== undefined) throw new Failure('secret_misplaced', { where, kind })
}
