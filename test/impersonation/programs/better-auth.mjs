import { readFileSync } from 'node:fs'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'

const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))
const [redirectURI] = web.redirect_uris
const { origin } = new URL(redirectURI)
const records = { user: [], session: [], account: [], verification: [] }
const google = { clientId: web.client_id, clientSecret: web.client_secret, accessType: 'offline', redirectURI }
const auth = betterAuth({
  baseURL: origin,
  secret: 'a secret of at least 32 characters, for a test',
  database: memoryAdapter(records),
  socialProviders: { google },
})

const body = JSON.stringify({ provider: 'google', callbackURL: '/' })
const headers = { 'content-type': 'application/json', origin }
const started = await auth.handler(new Request(`${origin}/api/auth/sign-in/social`, { method: 'POST', headers, body }))
const page = await fetch((await started.json()).url, { redirect: 'manual' })
const cookie = started.headers
  .getSetCookie()
  .map((each) => each.split(';')[0])
  .join('; ')
const { search } = new URL(page.headers.get('location'))
await auth.handler(new Request(`${origin}/api/auth/callback/google${search}`, { headers: { cookie } }))
console.log('signed in:', records.user[0].email)
console.log('refresh token:', records.account[0].refreshToken.startsWith('1//'))
