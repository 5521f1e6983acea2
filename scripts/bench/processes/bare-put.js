// Uploads a file with only node:http and node:fs: a resumable session, and one request with all content. bare-put.js
// ISSUER ACCESS_TOKEN FIELDS FILE; prints the number of stored bytes.
import { createReadStream, statSync } from 'node:fs'
import { request } from 'node:http'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const [issuer, accessToken, fields, file] = process.argv.slice(2)
const { size } = statSync(file)

async function send(method, url, headers, body) {
  const outgoing = request(url, { method, headers: { authorization: `Bearer ${accessToken}`, ...headers } })
  const answered = new Promise((resolve, reject) => outgoing.once('response', resolve).once('error', reject))
  await pipeline(body, outgoing)
  const response = await answered
  const text = (await response.toArray()).join('')
  if (response.statusCode !== 200) throw new Error(`${url.pathname} answered ${response.statusCode}: ${text}`)
  return { text, location: response.headers.location }
}

const url = new URL('/upload/drive/v3/files', issuer)
url.search = new URLSearchParams({ uploadType: 'resumable', fields })
const metadata = Buffer.from(JSON.stringify({ name: basename(file), parents: ['appDataFolder'] }))
const { location } = await send(
  'POST',
  url,
  { 'content-type': 'application/json', 'content-length': metadata.length, 'x-upload-content-length': size },
  Readable.from([metadata]),
)
const content = createReadStream(file, { highWaterMark: 1024 * 1024 })
const { text } = await send('PUT', new URL(location), { 'content-length': size }, content)
process.stdout.write(`${JSON.parse(text).size}\n`)
