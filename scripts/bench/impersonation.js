import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { Agent, request as requestTls } from 'node:https'
import { connect as connectTls } from 'node:tls'
import { makeFolder, removeFolder } from './gsa.js'
import { startProcess } from './start-process.js'
import { median, spread, whole } from './table.js'
import { startTls } from './tls.js'

const mebibyte = 1024 * 1024
const sizes = { part: 256 * mebibyte, full: 1024 * mebibyte }
const pairs = { part: 3, full: 5 }
const leastShare = 0.6
const startRounds = 15
const mostStartMs = 150
const host = 'www.googleapis.com'

/** Measures transfers through the proxy, beside a bare TLS relay in front of the emulator, and the start. */
export async function measureImpersonation({ full }) {
  const bytes = full ? sizes.full : sizes.part
  const rows = []
  for (const [what, move] of Object.entries({ upload, download }))
    rows.push(...(await measureTransfers(what, move, bytes, full ? pairs.full : pairs.part)))
  return [...rows, await measureStart()]
}

async function measureTransfers(what, move, bytes, count) {
  const times = { proxy: [], relay: [] }
  const peaks = []
  for (let round = 0; round < count; round++) {
    // An emulator is slower with fresh memory, so each transfer gets a new one.
    for (const way of round % 2 === 0 ? ['proxy', 'relay'] : ['relay', 'proxy']) {
      const { seconds, peak } = await moveOnce(way, move, bytes)
      times[way].push(seconds)
      if (way === 'proxy') peaks.push(peak - bytes)
    }
  }
  const share = Math.min(...times.relay) / Math.min(...times.proxy)
  const rate = (some) => `${whole(bytes / 1e6 / Math.min(...some))} MB/s`
  return [
    {
      what: `${what} of ${whole(bytes / mebibyte)} MiB through the proxy, beside a bare TLS relay`,
      figure: `${rate(times.proxy)}, ${rate(times.relay)}, ${whole(share * 100)} %`,
      bar: `at least ${leastShare * 100} %`,
      met: share >= leastShare,
      spread: spread(times.proxy),
    },
    {
      what: `${what}: peak memory beside the content`,
      figure: `${whole(Math.max(...peaks) / mebibyte)} MiB`,
    },
  ]
}

async function moveOnce(way, move, bytes) {
  const folder = makeFolder()
  const google = startProcess('scripts/bench/processes/impersonation.js')
  const { address, accessToken, proxy } = JSON.parse(await google.line())
  const relay = await startTls({ port: new URL(address).port }, folder)
  try {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    if (way === 'proxy') agent.createConnection = await throughProxy(proxy)
    const relayed = way === 'proxy' ? {} : { host: '127.0.0.1', port: new URL(relay.url).port }
    // The relay's certificate is for its address.
    const open = { agent, ...relayed, ca: readFileSync(relay.certificate), checkServerIdentity: () => undefined }
    const seconds = await move({ ...open, accessToken }, bytes)
    return { seconds, ...(await google.ask({})) }
  } finally {
    await Promise.all([google.end(), relay.stop()])
    removeFolder(folder)
  }
}

/** Returns a function that provides a connection to the emulator in place of Google, which is already encrypted. */
async function throughProxy({ url, caFile }) {
  const { hostname, port } = new URL(url)
  const connecting = request({ host: hostname, port, method: 'CONNECT', path: `${host}:443` })
  connecting.end()
  const [, socket] = await once(connecting, 'connect')
  const secure = connectTls({ socket, servername: host, ca: readFileSync(caFile) })
  await once(secure, 'secureConnect')
  return () => secure
}

function asked({ accessToken, ...open }, method, path, headers = {}) {
  const authorization = `Bearer ${accessToken}`
  return requestTls({ ...open, method, path, headers: { host, authorization, ...headers } })
}

/** Returns the seconds that an upload takes. */
async function upload(open, bytes) {
  const { seconds } = await store(open, bytes)
  return seconds
}

async function store(open, bytes) {
  const piece = Buffer.alloc(mebibyte, 'gsa')
  const started = performance.now()
  const starting = asked(open, 'POST', '/upload/drive/v3/files?uploadType=resumable')
  starting.end('{"parents":["appDataFolder"]}')
  const session = new URL((await answerTo(starting)).headers.location)
  const sending = asked(open, 'PUT', session.pathname + session.search, { 'content-length': bytes })
  for (let sent = 0; sent < bytes; sent += piece.length) if (!sending.write(piece)) await once(sending, 'drain')
  sending.end()
  const { id } = JSON.parse((await answerTo(sending)).text)
  return { id, seconds: (performance.now() - started) / 1000 }
}

async function answerTo(sending) {
  const [answer] = await once(sending, 'response')
  const text = Buffer.concat(await answer.toArray()).toString()
  if (answer.statusCode !== 200) throw new Error(`the emulator answered ${answer.statusCode}: ${text}`)
  return { headers: answer.headers, text }
}

/** Returns the seconds that a download takes; it uploads the file first. */
async function download(open, bytes) {
  const { id } = await store(open, bytes)
  const started = performance.now()
  const receiving = asked(open, 'GET', `/drive/v3/files/${id}?alt=media`)
  receiving.end()
  const [answer] = await once(receiving, 'response')
  let received = 0
  for await (const piece of answer) received += piece.length
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came back`)
  return (performance.now() - started) / 1000
}

async function measureStart() {
  const times = { plain: [], impersonating: [] }
  for (let round = 0; round <= startRounds; round++) {
    for (const name of Object.keys(times)) {
      const more = name === 'plain' ? [] : ['--impersonate']
      const started = performance.now()
      const child = startProcess('bin/gsa.js', 'emulator', 'start', '--port', '0', '--json', ...more)
      await child.line()
      // The first round warms the file cache.
      if (round > 0) times[name].push(performance.now() - started)
      await child.stop()
    }
  }
  const more = median(times.impersonating.map((time, round) => time - times.plain[round]))
  return {
    what: 'gsa emulator start --impersonate: time until it listens',
    figure: `${median(times.impersonating).toFixed(0)} ms, ${more.toFixed(0)} ms more than without`,
    bar: `at most ${mostStartMs} ms more`,
    met: more <= mostStartMs,
    spread: spread(times.impersonating),
  }
}
