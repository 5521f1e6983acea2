import type { Secret } from '../core/secret.ts'
import { isFailure } from '../failures/index.ts'
import { type IdTokenExpectations, type VerifiedIdToken, verifyIdToken } from './id-token.ts'
import { verifyAndTrace } from './traced-id-token.ts'
import { freshServerJwks, type Jwks, type KeySource, newerServerJwks, serverJwks } from './jwks.ts'

// A server only delivers fresh tokens; a day allows for caches and clocks.
const oldestDeliveredSeconds = 86_400

/** An ID token, its origin, and any keys at hand to verify it. */
export interface ServerIdToken {
  readonly token: Secret
  /** Whether the server just delivered it: then an unknown key is fetched immediately, not only every half minute. */
  readonly isDelivered: boolean
  /** Keys that were fetched before; otherwise they are fetched now. */
  readonly jwks?: Jwks
}

/**
 * Verifies an ID token with the keys of its issuer, and fetches the keys again if a key is unknown.
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
  const verifyWith = (keys: Jwks): VerifiedIdToken => {
    const { trace } = source.http
    return trace === undefined
      ? verifyIdToken(token, keys, expectations)
      : verifyAndTrace(token, keys, expectations, trace)
  }
  try {
    return verifyWith(jwks ?? (await serverJwks(source)))
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid') || error.details.check !== 'kid') throw error
    const newer = isDelivered ? await freshServerJwks(source) : await newerServerJwks(source)
    if (newer === undefined) throw error
    return verifyWith(newer)
  }
}
