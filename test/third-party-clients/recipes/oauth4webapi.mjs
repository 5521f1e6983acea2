import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))

// The setting: the issuer, and http in each call.
const issuer = new URL(emulator)
const http = { [oauth.allowInsecureRequests]: true }

const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
const client = { client_id: web.client_id }
const authentication = oauth.ClientSecretPost(web.client_secret)
const [redirectUri] = web.redirect_uris
const verifier = oauth.generateRandomCodeVerifier()
const nonce = oauth.generateRandomNonce()
const url = new URL(server.authorization_endpoint)
url.search = new URLSearchParams({
  client_id: web.client_id,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'openid email',
  access_type: 'offline',
  prompt: 'consent',
  nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
const { headers } = await fetch(url, { redirect: 'manual' })
const callback = oauth.validateAuthResponse(server, client, new URL(headers.get('location')), oauth.expectNoState)

const answer = await oauth.authorizationCodeGrantRequest(
  server,
  client,
  authentication,
  callback,
  redirectUri,
  verifier,
  http,
)
const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
  expectedNonce: nonce,
  requireIdToken: true,
})
await oauth.validateApplicationLevelSignature(server, answer, http)
console.log('signed in:', oauth.getValidatedIdTokenClaims(tokens).email)

const refresh = async () =>
  await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, http)
const refreshed = await oauth.processRefreshTokenResponse(server, client, await refresh())
console.log('refreshed:', refreshed.access_token !== tokens.access_token)
const revoked = await oauth.revocationRequest(server, client, authentication, tokens.refresh_token, http)
await oauth.processRevocationResponse(revoked)
const refused = await oauth.processRefreshTokenResponse(server, client, await refresh()).catch((error) => error)
console.log('revoked:', refused.error)
