// oauth4webapi, unmodified: signs in and refreshes with DPoP proofs, then without one, and prints what it gets.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'

const issuer = new URL(`http://${process.env.GSA_EMULATOR_HOST}`)
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))
const http = { [oauth.allowInsecureRequests]: true }
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
const client = { client_id: web.client_id }
const authentication = oauth.ClientSecretPost(web.client_secret)
const [redirectUri] = web.redirect_uris
const verifier = oauth.generateRandomCodeVerifier()
const url = new URL(server.authorization_endpoint)
url.search = new URLSearchParams({
  client_id: web.client_id,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'openid email',
  access_type: 'offline',
  prompt: 'consent',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
const { headers } = await fetch(url, { redirect: 'manual' })
const callback = oauth.validateAuthResponse(server, client, new URL(headers.get('location')), oauth.expectNoState)

// At the exchange, Google derives jti from the code; the library has a hook for such claims.
let code = callback.get('code')
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'), {
  [oauth.modifyAssertion]: (_header, payload) => {
    if (code !== undefined) payload.jti = createHash('sha256').update(code).digest('base64url')
  },
})

/** Sends a request again if its proof needs the nonce that came with the error. */
const withNonce = async (request) => {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    console.log('nonce demanded')
    return await request()
  }
}

const tokens = await withNonce(async () => {
  const options = { ...http, DPoP }
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    callback,
    redirectUri,
    verifier,
    options,
  )
  return await oauth.processAuthorizationCodeResponse(server, client, answer)
})
code = undefined
console.log('signed in:', oauth.getValidatedIdTokenClaims(tokens).email, tokens.token_type)

const refresh = async (options) => {
  const { refresh_token } = tokens
  const answer = await oauth.refreshTokenGrantRequest(server, client, authentication, refresh_token, options)
  return await oauth.processRefreshTokenResponse(server, client, answer)
}
for (let round = 0; round < 2; round++) {
  const { access_token } = await withNonce(async () => await refresh({ ...http, DPoP }))
  console.log('refreshed:', access_token !== tokens.access_token)
}
console.log('without a proof:', await refresh(http).catch(({ error }) => error))
console.log('thumbprint:', await DPoP.calculateThumbprint())
