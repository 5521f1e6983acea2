import { isFailure, type Secret } from '../failures/index.ts'
import { type IdTokenExpectations, type VerifiedIdToken, verifyIdToken } from './id-token.ts'
import { type Jwks, type KeySource, newerServerJwks, serverJwks } from './jwks.ts'

/**
 * Verifies an ID token with the keys of the server that it must come from. A key that is not known yet is looked for once
 * more. @param jwks keys that were had before; else they are had now
 * @throws what {@link verifyIdToken} and the fetching of keys throw
 */
export async function verifyServerIdToken(
  source: KeySource,
  token: Secret,
  expected: Omit<IdTokenExpectations, 'issuers' | 'now'> & { readonly now?: number },
  jwks?: Jwks,
): Promise<VerifiedIdToken> {
  const expectations = { issuers: source.server.idTokenIssuers, now: source.now() / 1000, ...expected }
  try {
    return await verifyIdToken(token, jwks ?? (await serverJwks(source)), expectations)
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid') || error.details.check !== 'kid') throw error
    const newer = await newerServerJwks(source)
    if (newer === undefined) throw error
    return verifyIdToken(token, newer, expectations)
  }
}
