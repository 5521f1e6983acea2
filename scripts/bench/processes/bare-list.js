// Lists the app folder with only node:http and JSON.parse, one page after another: the minimum for any Node program.
// bare-list.js ISSUER ACCESS_TOKEN FIELDS; prints the number of files.
import { get } from 'node:http'

const [issuer, accessToken, fields] = process.argv.slice(2)

async function page(pageToken) {
  const url = new URL('/drive/v3/files', issuer)
  url.search = new URLSearchParams({
    spaces: 'appDataFolder',
    fields: `nextPageToken,files(${fields})`,
    pageSize: '1000',
    ...(pageToken === undefined ? {} : { pageToken }),
  })
  const response = await new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${accessToken}` } }, resolve).on('error', reject)
  })
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (response.statusCode !== 200) throw new Error(`${url.pathname} answered ${response.statusCode}: ${text}`)
  return JSON.parse(text)
}

let count = 0
let pageToken
do {
  const { files, nextPageToken } = await page(pageToken)
  count += files.length
  pageToken = nextPageToken
} while (pageToken !== undefined)
process.stdout.write(`${count}\n`)
