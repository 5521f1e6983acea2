import { readFileSync } from 'node:fs'
import { generators, Issuer } from 'openid-client'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))
const [redirectUri] = web.redirect_uris

// The setting: the issuer.
const { Client } = await Issuer.discover(emulator)
const client = new Client({
  client_id: web.client_id,
  client_secret: web.client_secret,
  redirect_uris: [redirectUri],
  response_types: ['code'],
})

const checks = { code_verifier: generators.codeVerifier(), nonce: generators.nonce(), state: generators.state() }
const url = client.authorizationUrl({
  scope: 'openid email',
  access_type: 'offline',
  prompt: 'consent',
  nonce: checks.nonce,
  state: checks.state,
  code_challenge: generators.codeChallenge(checks.code_verifier),
  code_challenge_method: 'S256',
})
const { headers } = await fetch(url, { redirect: 'manual' })
const parameters = client.callbackParams(headers.get('location'))

const tokens = await client.callback(redirectUri, parameters, checks)
console.log('signed in:', tokens.claims().email)
const refreshed = await client.refresh(tokens)
console.log('refreshed:', refreshed.access_token !== tokens.access_token)
await client.revoke(tokens.refresh_token)
const refused = await client.refresh(tokens).catch((error) => error)
console.log('revoked:', refused.error)
