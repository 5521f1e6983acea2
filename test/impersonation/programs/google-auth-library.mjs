import { readFileSync } from 'node:fs'

// The version is an argument: npm installs each under a name of its own.
const { OAuth2Client } = await import(process.argv[2])
const { web } = JSON.parse(readFileSync('client_secret.json', 'utf8'))
const client = new OAuth2Client(web.client_id, web.client_secret, web.redirect_uris[0])
const scope = ['openid', 'email', 'https://www.googleapis.com/auth/drive.appdata']
const page = await fetch(client.generateAuthUrl({ access_type: 'offline', scope }), { redirect: 'manual' })
const { tokens } = await client.getToken(new URL(page.headers.get('location')).searchParams.get('code'))
client.setCredentials(tokens)
const ticket = await client.verifyIdToken({ idToken: tokens.id_token, audience: web.client_id })
console.log('signed in:', ticket.getPayload().email)
const { credentials } = await client.refreshAccessToken()
const info = await client.getTokenInfo(credentials.access_token)
console.log('refreshed:', info.scopes.includes(scope[2]))
const folder = await client.request({ url: 'https://www.googleapis.com/drive/v3/files/appDataFolder' })
console.log('name:', folder.data.name)
await client.revokeCredentials()
