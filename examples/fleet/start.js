// Runs the example: the emulator in Google's place, two instances of the backend, and a front that takes turns between
// them. It needs an empty PostgreSQL database in DATABASE_URL. Ctrl-C ends everything.
import { execFileSync, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientSecretsFile, startEmulator } from 'gsa-cli/emulator'
import { Client } from 'pg'

const { DATABASE_URL, PORT = '8080' } = process.env
if (!DATABASE_URL) {
  process.stderr.write(`Set DATABASE_URL to an empty PostgreSQL database. To start one:
  docker run --rm -p 127.0.0.1:5432:5432 -e POSTGRES_PASSWORD=example postgres:17
  export DATABASE_URL=postgresql://postgres:example@127.0.0.1:5432/postgres
or, with PostgreSQL installed, and not as root:
  initdb -D data -A trust -U postgres && postgres -D data -k /tmp -p 5432
  export DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres
`)
  process.exit(2)
}

const file = (name) => join(import.meta.dirname, name)
const keyFile = file('store.key')
if (!existsSync(keyFile)) writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })

const google = await startEmulator({ port: Number(process.env.EMULATOR_PORT ?? 9077) })
writeFileSync(file('client_secret.json'), JSON.stringify(clientSecretsFile('web', google.issuer)), { mode: 0o600 })

const env = {
  ...process.env,
  GSA: fileURLToPath(new URL('bin/gsa.js', import.meta.resolve('gsa-cli/package.json'))),
  GSA_STORE: `postgres:${DATABASE_URL}`,
  GSA_STORE_KEY_FILE: keyFile,
  GSA_CLIENT_SECRETS: file('client_secret.json'),
  GSA_EMULATOR_HOST: new URL(google.issuer).host,
}
// Production does this once for each release, as another role: docs/fleet.md.
execFileSync(process.execPath, [env.GSA, 'store', 'migrate'], { env, stdio: 'inherit' })
await createSessions()

const instances = [1, 2].map((number) => fork(file('instance.js'), { env: { ...env, INSTANCE: String(number) } }))
const ports = await Promise.all(instances.map(async (instance) => (await once(instance, 'message'))[0]))

let turn = 0
const front = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming
  const port = ports[turn++ % ports.length]
  const forwarded = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  forwarded.on('error', () => outgoing.writeHead(502).end())
  incoming.pipe(forwarded)
})
await once(front.listen(Number(PORT), '127.0.0.1'), 'listening')

const address = `http://127.0.0.1:${front.address().port}`
process.stdout.write(`Instances: ${ports.map((port) => `http://127.0.0.1:${port}`).join(', ')}
In another terminal, in this folder:
  export GSA_EMULATOR_HOST=${env.GSA_EMULATOR_HOST}
  npx gsa emulator code > code.txt
  curl -c cookies -H 'X-Requested-With: curl' --data-urlencode authCode@code.txt ${address}/authcode
  curl -b cookies ${address}/files
Press Ctrl-C to stop.
`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
for (const instance of instances) instance.once('exit', () => void stop())

let isStopping = false
async function stop() {
  if (isStopping) return
  isStopping = true
  front.close()
  // An instance ends when this process no longer listens to it: also if this process crashes.
  for (const instance of instances) if (instance.connected) instance.disconnect()
  await Promise.all(instances.map(async (instance) => instance.exitCode ?? once(instance, 'exit')))
  await google.close()
  process.exit()
}

/** Creates the table of the backend itself: who is signed in. It holds no token. */
async function createSessions() {
  const client = new Client(DATABASE_URL)
  await client.connect()
  await client.query(
    'CREATE TABLE IF NOT EXISTS sessions (hash text PRIMARY KEY, sub text NOT NULL, created_at timestamptz DEFAULT now())',
  )
  await client.end()
}
