// google-auth-library 11 and googleapis, unmodified: one operation, JSON on standard input, JSON on standard output.
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer, json } from 'node:stream/consumers'
import { CodeChallengeMethod, OAuth2Client } from 'google-auth-library'

const issuer = `http://${process.env.GSA_EMULATOR_HOST}`
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))
const given = await json(process.stdin)

const client = new OAuth2Client({
  clientId: web.client_id,
  clientSecret: web.client_secret,
  endpoints: {
    oauth2AuthBaseUrl: web.auth_uri,
    oauth2TokenUrl: web.token_uri,
    oauth2RevokeUrl: `${issuer}/revoke`,
    tokenInfoUrl: `${issuer}/tokeninfo`,
    oauth2FederatedSignonPemCertsUrl: `${issuer}/oauth2/v1/certs`,
    oauth2FederatedSignonJwkCertsUrl: `${issuer}/oauth2/v3/certs`,
  },
  issuers: [issuer],
})
// Set afterwards: the constructor takes an empty redirect URI for none.
client.redirectUri = given.redirectUri
client.setCredentials({ refresh_token: given.refreshToken, access_token: given.accessToken })

const operations = { authorize, exchange, refresh, verify, tokeninfo, revoke, drive, refused }

async function authorize() {
  const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync()
  const url = client.generateAuthUrl({
    access_type: 'offline',
    scope: given.scopes,
    code_challenge_method: CodeChallengeMethod.S256,
    code_challenge: codeChallenge,
  })
  return { url, codeVerifier }
}

async function exchange() {
  const { tokens } = await client.getToken({ code: given.code, codeVerifier: given.codeVerifier })
  return tokens
}

async function refresh() {
  const { credentials } = await client.refreshAccessToken()
  return credentials
}

async function verify() {
  const ticket = await client.verifyIdToken({ idToken: given.idToken, audience: given.audience })
  return ticket.getPayload()
}

async function tokeninfo() {
  return await client.getTokenInfo(given.accessToken)
}

async function revoke() {
  const { status } = await client.revokeToken(given.refreshToken)
  return { status }
}

/** `rootUrl` belongs to each call: given to the constructor it does not reach uploads. */
const at = { rootUrl: `${issuer}/` }

/** Loaded only when it is used: every API of Google's is in there. */
async function driveFiles() {
  const { google } = await import('googleapis')
  return google.drive({ version: 'v3', auth: client }).files
}

async function drive() {
  const files = await driveFiles()
  const content = Buffer.alloc(given.size, 'x')
  const requestBody = { name: 'settings.json', parents: ['appDataFolder'] }
  const media = { mimeType: 'application/octet-stream', body: Readable.from(content) }
  const created = await files.create({ requestBody, media, fields: 'id,name,size' }, at)
  const fileId = created.data.id
  const listed = await files.list({ spaces: 'appDataFolder', fields: 'files(name),nextPageToken' }, at)
  const download = await files.get({ fileId, alt: 'media' }, { ...at, responseType: 'stream' })
  const downloaded = (await buffer(download.data)).equals(content)
  const text = { mimeType: 'text/plain', body: 'x' }
  const updated = await files.update({ fileId, requestBody: { name: 'renamed' }, media: text, fields: 'name,size' }, at)
  const deleted = await files.delete({ fileId }, at)
  const { id: _id, ...rest } = created.data
  return { created: rest, listed: listed.data, downloaded, updated: updated.data, deleted: deleted.status }
}

/** A list of all of Drive, which drive.appdata does not allow. */
async function refused() {
  const files = await driveFiles()
  await files.list({}, at)
}

const operation = operations[process.argv[2]]
const said = await operation().catch((error) => ({
  failed: { message: error.message, status: error.status, data: error.response?.data },
}))
process.stdout.write(JSON.stringify(said))
