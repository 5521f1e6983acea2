// Lists the app folder with Google's own client, with credentials from gsa's store.
//   npm install gsa-cli google-auth-library @googleapis/drive
//   npx gsa login --client-secrets client_secret.json
//   node list-app-folder.js
import { drive } from '@googleapis/drive'
import { authClient } from 'gsa-cli'

const client = drive({ version: 'v3', auth: await authClient() })
// Google's Drive, unless a test sets another. Passed with each call, because uploads ignore the client's setting.
const rootUrl =
  process.env.GSA_EMULATOR_HOST === undefined ? {} : { rootUrl: `http://${process.env.GSA_EMULATOR_HOST}/` }

const { data } = await client.files.list({ spaces: 'appDataFolder', fields: 'files(id,name,size)' }, rootUrl)
for (const { name, size } of data.files ?? []) console.log(`${name} ${size}`)
