import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import express from 'express'
import nextAuth from 'next-auth'
import google from 'next-auth/providers/google'

const { web } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { origin, pathname } = new URL(web.redirect_uris[0])
process.env.NEXTAUTH_URL = origin + pathname.replace('/callback/google', '')
const provider = google.default({
  clientId: web.client_id,
  clientSecret: web.client_secret,
  authorization: { params: { access_type: 'offline' } },
})
const accounts = []
const jwt = ({ token, account }) => {
  if (account) accounts.push(account)
  return token
}
const options = { secret: 'a secret', providers: [provider], callbacks: { jwt } }

// Next.js parses cookies, and adds the end of the path to the query.
const app = express()
app.use(express.urlencoded())
app.all('/api/auth/*path', (request, response) => {
  request.cookies = Object.fromEntries(new URLSearchParams(request.headers.cookie?.replaceAll('; ', '&')))
  Object.defineProperty(request, 'query', { value: { ...request.query, nextauth: request.params.path } })
  return nextAuth.default(request, response, options)
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

const cookies = new Map()
/** Sends a request to the app, as a browser does. */
const visit = async (path, body) => {
  const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }
  const address = `http://127.0.0.1:${server.address().port}/api/auth${path}`
  const response = await fetch(address, { method: body ? 'POST' : 'GET', redirect: 'manual', headers, body })
  for (const cookie of response.headers.getSetCookie()) cookies.set(...cookie.split(';')[0].split(/=(.*)/s))
  return response
}

const { csrfToken } = await (await visit('/csrf')).json()
const started = await visit('/signin/google', new URLSearchParams({ csrfToken }))
const page = await fetch(started.headers.get('location'), { redirect: 'manual' })
await visit(`/callback/google${new URL(page.headers.get('location')).search}`)
const { user } = await (await visit('/session')).json()
console.log('signed in:', user.email)
console.log('refresh token:', accounts[0].refresh_token.startsWith('1//'))
server.close()
