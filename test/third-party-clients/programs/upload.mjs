// @googleapis/drive, unmodified: stores a file in the app folder in one request, reads it and stores it again.
import { createReadStream, writeFileSync } from 'node:fs'
import { auth, drive } from '@googleapis/drive'

const [, , source, target] = process.argv
const client = new auth.OAuth2()
client.setCredentials({ access_token: process.env.ACCESS_TOKEN })
const { files } = drive({ version: 'v3', auth: client })
const at = { rootUrl: `http://${process.env.GSA_EMULATOR_HOST}/` }

const media = () => ({ mimeType: 'application/octet-stream', body: createReadStream(source) })
const download = async (fileId, path) => {
  const { data } = await files.get({ fileId, alt: 'media' }, { ...at, responseType: 'arraybuffer' })
  writeFileSync(path, Buffer.from(data))
}

const requestBody = { name: 'large.bin', parents: ['appDataFolder'] }
const { data: created } = await files.create({ requestBody, media: media() }, at)
await download(created.id, target)
await files.update({ fileId: created.id, media: media() }, at)
await download(created.id, `${target}.again`)
await files.delete({ fileId: created.id }, at)
