import { Auth } from '@auth/core'
import Google from '@auth/core/providers/google'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const app = 'http://localhost:3000/auth'
const client = { clientId: '7-app.apps.googleusercontent.com', clientSecret: 'some secret' }
const registration = { type: 'web', ...client, redirectUris: [`${app}/callback/google`] }
await fetch(`${emulator}/emulator/v1/clients`, { method: 'POST', body: JSON.stringify(registration) })

// The setting: `issuer`.
const config = {
  providers: [Google({ ...client, issuer: emulator })],
  basePath: '/auth',
  secret: 'some other secret',
  trustHost: true,
}

const cookies = new Map()
/** Sends a request to your app, as a browser does. */
const visit = async (address, body) => {
  const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }
  const response = await Auth(new Request(address, { method: body ? 'POST' : 'GET', headers, body }), config)
  for (const cookie of response.headers.getSetCookie()) cookies.set(...cookie.split(';')[0].split(/=(.*)/s))
  return response
}

const { csrfToken } = await (await visit(`${app}/csrf`)).json()
const started = await visit(`${app}/signin/google`, new URLSearchParams({ csrfToken }))
const { headers } = await fetch(started.headers.get('location'), { redirect: 'manual' })
await visit(headers.get('location'))
const { user } = await (await visit(`${app}/session`)).json()
console.log('signed in:', user.email)
