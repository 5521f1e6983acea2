import type { Secret } from '../core/secret.ts'
import { isFailure } from '../failures/index.ts'
import { type IdTokenExpectations, type VerifiedIdToken, verifyIdToken } from './id-token.ts'
import { freshServerJwks, type Jwks, type KeySource, newerServerJwks, serverJwks } from './jwks.ts'

// What a server gives now was issued now; a day forgives caches and clocks.
const oldestDeliveredSeconds = 86_400

/** Where an ID token comes from, and what is at hand to verify it. */
export interface ServerIdToken {
  readonly token: Secret
  /** Whether the server itself just gave it: then its key is looked for at once, and not only every half minute. */
  readonly isDelivered: boolean
  /** Keys that were had before; else they are had now. */
  readonly jwks?: Jwks
}

/**
 * Verifies an ID token with the keys of the server that it must come from. A key that is not known
 * yet is looked for once more.
 * @throws what {@link verifyIdToken} and the fetching of keys throw
 */
export async function verifyServerIdToken(
  source: KeySource,
  { token, isDelivered, jwks }: ServerIdToken,
  expected: Omit<IdTokenExpectations, 'issuers' | 'now'> & { readonly now?: number },
): Promise<VerifiedIdToken> {
  const expectations = {
    issuers: source.server.idTokenIssuers,
    now: source.now() / 1000,
    ...(isDelivered ? { maxAgeSeconds: oldestDeliveredSeconds } : {}),
    ...expected,
  }
  try {
    return verifyIdToken(token, jwks ?? (await serverJwks(source)), expectations)
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid') || error.details.check !== 'kid') throw error
    const newer = isDelivered ? await freshServerJwks(source) : await newerServerJwks(source)
    if (newer === undefined) throw error
    return verifyIdToken(token, newer, expectations)
  }
}
