import { readFileSync } from 'node:fs'
import passport from 'passport'
import { Strategy } from 'passport-google-oauth20'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))

// The setting: `authorizationURL`, `tokenURL` and `userProfileURL`.
const settings = {
  authorizationURL: `${emulator}/o/oauth2/v2/auth`,
  tokenURL: `${emulator}/oauth2/v4/token`,
  userProfileURL: `${emulator}/oauth2/v3/userinfo`,
}
const strategy = new Strategy(
  { clientID: web.client_id, clientSecret: web.client_secret, callbackURL: web.redirect_uris[0], ...settings },
  (accessToken, refreshToken, profile, done) => done(null, { accessToken, refreshToken, profile }),
)
passport.use(strategy)
const scope = ['profile', 'email']
const middleware = passport.authenticate('google', { scope, accessType: 'offline', prompt: 'consent', session: false })

/** Returns what the middleware makes of a request to your app: the address that it redirects to, or the user. */
const visit = async (address) =>
  await new Promise((resolve, reject) => {
    const request = { url: address, query: Object.fromEntries(new URL(address).searchParams) }
    const response = { setHeader: (name, value) => resolve(name === 'Location' && value), end: () => undefined }
    middleware(request, response, (error) => (error ? reject(error) : resolve(request.user)))
  })

const url = await visit('http://localhost:8080/')
const { headers } = await fetch(url, { redirect: 'manual' })
const user = await visit(headers.get('location'))
console.log('signed in:', user.profile.emails[0].value)

// As passport-oauth2-refresh does it.
const refreshed = await new Promise((resolve, reject) => {
  const done = (error, accessToken) => (error ? reject(error) : resolve(accessToken))
  strategy._oauth2.getOAuthAccessToken(user.refreshToken, { grant_type: 'refresh_token' }, done)
})
console.log('refreshed:', refreshed !== user.accessToken)
