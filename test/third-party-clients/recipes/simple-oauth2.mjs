import { readFileSync } from 'node:fs'
import { AuthorizationCode } from 'simple-oauth2'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))

// The setting: `auth`.
const client = new AuthorizationCode({
  client: { id: web.client_id, secret: web.client_secret },
  auth: {
    authorizeHost: emulator,
    authorizePath: '/o/oauth2/v2/auth',
    tokenHost: emulator,
    tokenPath: '/token',
    revokePath: '/revoke',
  },
})

const redirect_uri = web.redirect_uris[0]
const url = client.authorizeURL({ redirect_uri, scope: 'openid email', access_type: 'offline', prompt: 'consent' })
const { headers } = await fetch(url, { redirect: 'manual' })
const code = new URL(headers.get('location')).searchParams.get('code')

const signedIn = await client.getToken({ code, redirect_uri })
console.log('signed in:', signedIn.token.token_type)
const refreshed = await signedIn.refresh()
console.log('refreshed:', refreshed.token.access_token !== signedIn.token.access_token)
// revokeAll() fails at its second call, because the first call also revokes the other token.
await signedIn.revoke('refresh_token')
const refused = await signedIn.refresh().catch(({ data }) => data.payload)
console.log('revoked:', refused.error)
