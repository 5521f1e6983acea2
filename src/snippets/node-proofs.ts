/** The part of the Node backend that makes DPoP proofs and refreshes with them. */
export const nodeProofs = String.raw`// The latest nonce from Google for each grant type: one from an exchange does not work for a refresh.
const nonces = new Map()

/** Returns a DPoP proof (RFC 9449 section 4.2) for one token request. */
function proofFor(grant, key) {
  const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' })
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }
  const claims = {
    // The proof for a code is bound to it; any other jti is used once.
    jti: grant.code ? createHash('sha256').update(grant.code).digest('base64url') : randomUUID(),
    htm: 'POST',
    htu: web.token_uri,
    iat: Math.floor(Date.now() / 1000),
    nonce: nonces.get(grant.grant_type),
  }
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return signed + '.' + sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** Returns a new access token of a user. It works for an hour, so cache it. */
async function accessTokenOf(sub) {
  const { refreshToken, key } = users.get(sub)
  return (await requestTokens({ grant_type: 'refresh_token', refresh_token: refreshToken }, key)).access_token
}`
