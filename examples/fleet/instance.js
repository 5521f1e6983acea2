// One instance of the backend of an app. Other instances find everything that they need in the database: sessions in a
// table of its own, accounts and tokens in the store of gsa.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import express from 'express'
import { accessToken, Failure } from 'gsa-cli'
import { Pool } from 'pg'

const { DATABASE_URL, GSA, GSA_EMULATOR_HOST, GSA_STORE, INSTANCE } = process.env
// gsa refreshes tokens with connections of the same pool.
const pool = new Pool({ connectionString: DATABASE_URL, max: 10 })
// The server may end idle connections; the next query opens another.
pool.on('error', () => undefined)

// It exchanges codes: each one only once among all instances. In its own process group, so that Ctrl-C does not reach
// it while it works: stop() ends it.
const codes = spawn(process.execPath, [GSA, 'serve', '--port', '0', '--log', 'json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
})
const [line] = await once(createInterface(codes.stdout), 'line')
const codesUrl = JSON.parse(line).url

const app = express()
app.use((_, response, next) => {
  response.set('x-instance', INSTANCE)
  next()
})

// The app sends its serverAuthCode here. gsa serve checks X-Requested-With, which protects against forged requests.
app.post('/authcode', express.text({ type: () => true, limit: '16kb' }), async (request, response) => {
  const headers = { 'content-type': request.get('content-type'), 'x-requested-with': request.get('x-requested-with') }
  const answer = await fetch(codesUrl, { method: 'POST', headers: withoutMissing(headers), body: request.body })
  const { sub, email, error } = await answer.json()
  if (!answer.ok) return response.status(answer.status).json({ error: error.code })
  const session = randomBytes(32).toString('base64url')
  await pool.query('INSERT INTO sessions (hash, sub) VALUES ($1, $2)', [hashOf(session), sub])
  // Behind https, add secure: true.
  response.cookie('session', session, { httpOnly: true, sameSite: 'strict' }).json({ email })
})

// Lists the app folder of the signed-in user.
app.get('/files', async (request, response) => {
  const session = /(?:^|;\s*)session=([\w-]+)/.exec(request.get('cookie') ?? '')?.[1] ?? ''
  const { rows } = await pool.query('SELECT sub FROM sessions WHERE hash = $1', [hashOf(session)])
  if (rows.length === 0) return response.status(401).json({ error: 'not signed in' })
  const token = await accessToken({ store: GSA_STORE, account: rows[0].sub, pool })
  const drive = GSA_EMULATOR_HOST ? `http://${GSA_EMULATOR_HOST}` : 'https://www.googleapis.com'
  const address = `${drive}/drive/v3/files?spaces=appDataFolder&fields=files(name,size)`
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
  response.status(answer.ok ? 200 : 502).json(await answer.json())
})

// For a load balancer. gsa serve asks the database.
app.get('/health', async (_, response) => {
  const answer = await fetch(new URL('/healthz', codesUrl))
  response.status(answer.status).json(await answer.json())
})

app.use((error, _request, response, _next) => {
  if (!(error instanceof Failure)) process.stderr.write(`${error.stack}\n`)
  else process.stderr.write(`${error.code}: ${error.causeText} ${error.fix}\n`)
  // Exit code 4 of gsa: the user must sign in again. Everything else may pass.
  if (error instanceof Failure && error.exitCode === 4) response.status(401).json({ error: error.code })
  else response.status(503).json({ error: error instanceof Failure ? error.code : 'unavailable' })
})

const server = app.listen(0, '127.0.0.1', () => process.send?.(server.address().port))

// start.js says when to stop: it gets the same Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined)
process.once('disconnect', () => void stop())
codes.once('exit', () => void stop())

let isStopping = false
async function stop() {
  if (isStopping) return
  isStopping = true
  server.close()
  server.closeIdleConnections()
  // It finishes the codes that it has begun.
  codes.kill('SIGTERM')
  if (codes.exitCode === null && codes.signalCode === null) await once(codes, 'exit')
  await pool.end()
  process.exit()
}

function hashOf(session) {
  return createHash('sha256').update(session).digest('hex')
}

function withoutMissing(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
}
