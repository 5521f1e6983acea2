// Sends requests as fast as they are answered, over raw sockets that stay open: an HTTP client would use more processor
// time than the emulator. Reads jobs { port, requests, connections, count or seconds } and prints { count, seconds,
// cpuSeconds, failed }. Requests are complete texts, sent in turn, one at a time on each connection; any status other
// than 2xx or 3xx is a failure.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const lastChunk = Buffer.from('\r\n0\r\n\r\n')

/**
 * Returns whether the received bytes are a complete response: up to the last chunk, the stated length, or the end of a
 * head without either.
 */
function isWhole(received) {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return false
  const head = received.latin1Slice(0, headEnd)
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return received.subarray(-lastChunk.length).equals(lastChunk)
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  return received.length >= headEnd + 4 + length
}

async function run({ port, requests, connections, count = Number.POSITIVE_INFINITY, seconds = 3600 }) {
  const buffers = requests.map((text) => Buffer.from(text))
  const started = performance.now()
  const before = process.cpuUsage()
  const end = started + seconds * 1000
  let sent = 0
  let failed = 0

  const talk = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let received
      const next = () => {
        if (sent >= count || performance.now() >= end) {
          socket.destroy()
          resolve()
          return
        }
        received = undefined
        socket.write(buffers[sent % buffers.length])
        sent++
      }
      socket.on('connect', next)
      socket.on('error', reject)
      socket.on('end', () => reject(new Error('the server hung up')))
      socket.on('data', (bytes) => {
        received = received === undefined ? bytes : Buffer.concat([received, bytes])
        if (!isWhole(received)) return
        // The first digit of the status, in "HTTP/1.1 200".
        if (received[9] !== 0x32 && received[9] !== 0x33) failed++
        next()
      })
    })
  await Promise.all(Array.from({ length: connections }, talk))

  const { user, system } = process.cpuUsage(before)
  return { count: sent, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6, failed }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`)
