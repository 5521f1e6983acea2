import { readFileSync } from 'node:fs'
import { OAuth2Client } from 'google-auth-library'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))

// The setting: `endpoints` and `issuers`.
const client = new OAuth2Client({
  clientId: web.client_id,
  clientSecret: web.client_secret,
  endpoints: {
    oauth2AuthBaseUrl: web.auth_uri,
    oauth2TokenUrl: web.token_uri,
    oauth2RevokeUrl: `${emulator}/revoke`,
    tokenInfoUrl: `${emulator}/tokeninfo`,
    oauth2FederatedSignonPemCertsUrl: `${emulator}/oauth2/v1/certs`,
  },
  issuers: [emulator],
})
// Codes from the Android and iOS SDKs need an empty redirect URI, which the constructor does not keep.
client.redirectUri = ''

const body = '{"platform":"android","forceRefreshToken":true}'
const answer = await fetch(`${emulator}/emulator/v1/codes`, { method: 'POST', body })
const { code } = await answer.json()

const { tokens } = await client.getToken(code)
client.setCredentials(tokens)
const ticket = await client.verifyIdToken({ idToken: tokens.id_token, audience: web.client_id })
console.log('signed in:', ticket.getPayload().email)
const { credentials } = await client.refreshAccessToken()
console.log('refreshed:', credentials.access_token !== tokens.access_token)
