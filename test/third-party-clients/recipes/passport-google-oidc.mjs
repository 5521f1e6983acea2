import { readFileSync } from 'node:fs'
import passport from 'passport'
import { Strategy } from 'passport-google-oidc'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))

// The setting: `authorizationURL`, `tokenURL`, and `issuer` unless you start the emulator with Google's.
const settings = {
  authorizationURL: `${emulator}/o/oauth2/v2/auth`,
  tokenURL: `${emulator}/oauth2/v4/token`,
  issuer: process.env.GSA_EMULATOR_ISSUER ?? emulator,
}
const app = { clientID: web.client_id, clientSecret: web.client_secret, callbackURL: web.redirect_uris[0] }
// Any number of parameters but these leaves out the tokens.
const verify = (issuer, profile, context, idToken, accessToken, refreshToken, done) => done(null, { profile, idToken })
passport.use(new Strategy({ ...app, ...settings, nonce: true }, verify))
const middleware = passport.authenticate('google', { scope: ['profile', 'email'], session: false })

const session = {}
/** Returns what the middleware makes of a request to your app: the address that it redirects to, or the user. */
const visit = async (address) =>
  await new Promise((resolve, reject) => {
    const request = { url: address, query: Object.fromEntries(new URL(address).searchParams), session }
    const response = { setHeader: (name, value) => resolve(name === 'Location' && value), end: reject }
    middleware(request, response, (error) => (error ? reject(error) : resolve(request.user)))
  })

const url = await visit('http://localhost:8080/')
const { headers } = await fetch(url, { redirect: 'manual' })
const user = await visit(headers.get('location'))
console.log('signed in:', user.profile.emails[0].value)
