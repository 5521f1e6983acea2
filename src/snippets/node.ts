import { answeredScope } from '../oauth/scopes.ts'
import { javascriptString } from './literals.ts'
import { nodeProofs } from './node-proofs.ts'
import { filled, type SnippetFile, type SnippetValues, variantOf } from './snippet-file.ts'

/** Returns a backend for Node. */
export function node({ clientId, scopes, dpop = false }: SnippetValues): readonly SnippetFile[] {
  const content = filled(variantOf(template, dpop), {
    proofs: nodeProofs,
    clientId: javascriptString(clientId),
    scopes: scopes.map((scope) => javascriptString(answeredScope(scope))).join(',\n  '),
  })
  return [{ name: 'server.mjs', language: 'javascript', content }]
}

const template = String.raw`// POST /authcode: exchanges an app's one-time code for tokens, once, and stores the refresh token.
// Node 20 or newer: npm install google-auth-library && node server.mjs
// The client secret is in client_secret_web.json, or in the file named by GOOGLE_CLIENT_SECRETS. Keep it out of git.
«+»import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { OAuth2Client } from 'google-auth-library'

const clientId = «clientId»
// As Google names them in responses: email and profile come back as userinfo.email and userinfo.profile.
const scopes = [
  «scopes»,
]

const secretsFile = process.env.GOOGLE_CLIENT_SECRETS ?? 'client_secret_web.json'
const { web } = JSON.parse(readFileSync(secretsFile, 'utf8'))
if (web?.client_id !== clientId) throw new Error(secretsFile + ' is not the file of the web client ' + clientId)

// For tests with gsa emulator: GSA_EMULATOR_HOST is its HOST:PORT. Without it, keys and files come from Google.
const emulator = process.env.GSA_EMULATOR_HOST && process.env.GSA_EMULATOR_HOST.replace(/^(?!https?:)/, 'http://')
const verifier = new OAuth2Client(emulator && {
  endpoints: { oauth2FederatedSignonPemCertsUrl: emulator + '/oauth2/v1/certs' },
  issuers: [process.env.GSA_EMULATOR_ISSUER || emulator],
})
const drive = (emulator || 'https://www.googleapis.com') + '/drive/v3'

// YOUR STORAGE GOES HERE: one row per user, keyed by sub (email addresses can change owners), with the refresh token encrypted.
«+»// Encrypt the key (key.export) in the same row, too: a refresh token works only with the key of its exchange.
// Also link the Google account to the session of the user who sent the request here.
const users = new Map()
«-»async function saveUser(sub, email, refreshToken) {
«+»async function saveUser(sub, email, refreshToken, key) {
  // Google returns a refresh token only at the first consent. A later code returns none: do not overwrite the stored one.
«-»  const kept = refreshToken ?? users.get(sub)?.refreshToken
«-»  users.set(sub, { email, refreshToken: kept })
«-»  return kept !== undefined
«+»  const kept = refreshToken ? { refreshToken, key } : users.get(sub)
«+»  users.set(sub, { ...kept, email })
«+»  return kept?.refreshToken !== undefined
}

/** The response to the app: a status and an error word. */
class Refusal extends Error {
  constructor(status, word) {
    super(word)
    this.status = status
  }
}

«+»«proofs»
«+»
«+»async function requestTokens(grant, key, isRetry = false) {
«-»async function exchange(code, redirectUri) {
  // Not OAuth2Client.getToken: it retries failed requests, although a code works only once, and omits an empty redirect_uri.
  const response = await fetch(web.token_uri, {
    method: 'POST',
«+»    headers: { DPoP: proofFor(grant, key) },
    body: new URLSearchParams({
«-»      grant_type: 'authorization_code',
«-»      code,
«-»      redirect_uri: redirectUri,
«+»      ...grant,
      client_id: clientId,
      client_secret: web.client_secret,
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(15_000),
  })
«+»  const nonce = response.headers.get('DPoP-Nonce')
«+»  if (nonce) nonces.set(grant.grant_type, nonce)
  const answer = await response.json()
  if (response.ok) return answer
«+»  // The code or token was not used yet (RFC 9449 section 8): send the same request once more, never twice.
«+»  if (answer.error === 'use_dpop_nonce' && nonce && !isRetry) return await requestTokens(grant, key, true)
«-»  console.error('The token endpoint rejected the code:', response.status, answer.error, answer.error_description)
«-»  throw new Refusal(response.status < 500 ? 400 : 502, 'code_refused')
«+»  console.error('The token endpoint rejected the grant:', response.status, answer.error, answer.error_description)
«+»  throw new Refusal(response.status < 500 ? 400 : 502, grant.code ? 'code_refused' : 'refresh_refused')
}

async function connect(request) {
  if (request.method !== 'POST' || request.url !== '/authcode') throw new Refusal(404, 'not_found')
  // Checked before reading the body. Pages of other origins cannot send this header unless you allow it. Empty counts as missing.
  if (!request.headers['x-requested-with']) throw new Refusal(403, 'x_requested_with_missing')
  // This also refuses chunked bodies, which have no length; apps send a length.
  if (!(Number(request.headers['content-length']) <= 16_384)) throw new Refusal(413, 'body_too_large')
  const form = new URLSearchParams(await text(request))
  const codes = [...form.getAll('authCode'), ...form.getAll('code')]
  if (codes.length !== 1 || codes[0] === '') throw new Refusal(400, 'one_code_needed')
  // For an app's code, send an empty redirect_uri. For a code from the web pop-up, send the word postmessage.
  // (The Python sample in Google's guides sends postmessage for both; an app's code then fails with redirect_uri_mismatch.)
«-»  const tokens = await exchange(codes[0], form.has('code') ? 'postmessage' : '')
«+»  const redirectUri = form.has('code') ? 'postmessage' : ''
«+»  // As text, and read again: Node 20 can hang when it exports a key that it has just generated.
«+»  const asText = { privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }
«+»  const key = createPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256', ...asText }).privateKey)
«+»  const tokens = await requestTokens({ grant_type: 'authorization_code', code: codes[0], redirect_uri: redirectUri }, key)

  const ticket = await verifier.verifyIdToken({ idToken: tokens.id_token, audience: clientId }).catch(() => {
    // Not logged: the message of this error can contain the whole token.
    throw new Refusal(502, 'id_token_invalid')
  })
  const { sub, email } = ticket.getPayload()
«-»  const worksOffline = await saveUser(sub, email, tokens.refresh_token)
«+»  const worksOffline = await saveUser(sub, email, tokens.refresh_token, key)
  const granted = tokens.scope.split(' ')

«-»  // An example API call. While the user is away, first get an access token with the refresh token (grant_type=refresh_token).
«+»  // An example API call with a refreshed access token, as while the user is away. APIs need no proof.
«+»  if (worksOffline) tokens.access_token = await accessTokenOf(sub)
  const list = await fetch(drive + '/files?spaces=appDataFolder&fields=files(id,name)', {
    headers: { authorization: 'Bearer ' + tokens.access_token },
    signal: AbortSignal.timeout(15_000),
  })
  return {
    email,
    worksOffline, // false: there is no refresh token, so the app must ask for consent again
    missingScopes: scopes.filter((scope) => !granted.includes(scope)), // scopes that the user did not allow
    files: list.ok ? (await list.json()).files : null,
  }
}

const server = createServer(async (request, response) => {
  const [status, answer] = await connect(request).then(
    (result) => [200, result],
    (error) => {
      if (error instanceof Refusal) return [error.status, { error: error.message }]
      console.error(error)
      return [500, { error: 'internal_error' }]
    },
  )
  // Closing the connection discards an unread body.
  if (status !== 200) response.setHeader('Connection', 'close')
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(answer))
})

// Apps require HTTPS: put a TLS proxy in front. The Android emulator reaches this server at http://10.0.2.2:8080/authcode.
server.listen(8080, '127.0.0.1')
`
