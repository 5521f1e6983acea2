// Downloads a file with only node:http or node:https and node:fs. bare-get.js ISSUER ACCESS_TOKEN ID TARGET [md5];
// prints the number of bytes. With `md5` it also computes that.
import { createHash } from 'node:crypto'
import { createWriteStream, statSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream/promises'

const [issuer, accessToken, id, target, md5] = process.argv.slice(2)

const url = new URL(`/drive/v3/files/${id}?alt=media`, issuer)
const response = await new Promise((resolve, reject) => {
  const { get } = url.protocol === 'https:' ? https : http
  get(url, { headers: { authorization: `Bearer ${accessToken}` } }, resolve).on('error', reject)
})
if (response.statusCode !== 200) throw new Error(`${url.pathname} answered ${response.statusCode}`)
const hash = createHash('md5')
if (md5 !== undefined) response.on('data', (piece) => hash.update(piece)).once('end', () => hash.digest())
await pipeline(response, createWriteStream(target))
process.stdout.write(`${statSync(target).size}\n`)
