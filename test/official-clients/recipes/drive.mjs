import { drive } from '@googleapis/drive'
import { OAuth2Client } from 'google-auth-library'

const emulator = `http://${process.env.GSA_EMULATOR_HOST ?? '127.0.0.1:9077'}`
const auth = new OAuth2Client()
auth.setCredentials({ access_token: process.env.ACCESS_TOKEN })

// The setting: `rootUrl` in each call. If you pass it to drive(), uploads still go to Google.
const at = { rootUrl: `${emulator}/` }

const { files } = drive({ version: 'v3', auth })
const requestBody = { name: 'settings.json', parents: ['appDataFolder'] }
const media = { mimeType: 'application/json', body: '{"theme":"dark"}' }
const created = await files.create({ requestBody, media }, at)
const listed = await files.list({ spaces: 'appDataFolder' }, at)
console.log('files:', listed.data.files.map(({ name }) => name).join())
const content = await files.get({ fileId: created.data.id, alt: 'media' }, at)
console.log('theme:', content.data.theme)
