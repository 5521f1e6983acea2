// An application of one page: it sends the browser to the sign-in page, and exchanges the code that comes back.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const google = `http://${process.env.GSA_EMULATOR_HOST}`
// The browser reaches the sign-in page at another address than this application does.
const signInPage = process.env.SIGN_IN_PAGE ?? `${google}/o/oauth2/v2/auth`
// The emulator's built-in web client.
const client = { client_id: '100000000001-web.apps.googleusercontent.com', client_secret: 'GOCSPX-emulator-web' }
const redirect_uri = 'http://localhost:8080/oauth2callback'
const states = new Set()

function signIn(response) {
  const state = randomUUID()
  states.add(state)
  const { client_id } = client
  const query = new URLSearchParams({ client_id, redirect_uri, state, response_type: 'code', scope: 'openid email' })
  response.writeHead(302, { location: `${signInPage}?${query}` }).end()
}

async function signedIn(parameters, response) {
  if (!states.delete(parameters.get('state'))) return response.writeHead(400).end('This sign-in did not start here.\n')
  const form = { ...client, redirect_uri, grant_type: 'authorization_code', code: parameters.get('code') ?? '' }
  const answer = await fetch(`${google}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token, error_description } = await answer.json()
  if (!answer.ok) return response.writeHead(502).end(`${error_description}\n`)
  const user = await fetch(`${google}/v1/userinfo`, { headers: { authorization: `Bearer ${access_token}` } })
  const { email } = await user.json()
  response.end(`You are signed in as ${email}.\n`)
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  if (pathname !== '/oauth2callback') return signIn(response)
  signedIn(searchParams, response).catch((error) => response.writeHead(500).end(`${error.message}\n`))
})
server.listen(8080)
process.on('SIGTERM', () => process.exit())
