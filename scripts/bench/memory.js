import { get, refreshGrant, signIn, startGoogle, startLoad } from './google.js'
import { whole } from './table.js'

const warmUp = 100_000
const measured = { part: 100_000, full: 900_000 }
const samples = 18
const mostGrowth = 0.1
const mebibyte = 1024 * 1024

/** Measures resident memory over many requests, one in ten of them a refresh grant. */
export async function measureMemory({ full }) {
  const google = await startGoogle()
  const load = startLoad()
  try {
    const { refresh_token: refreshToken, access_token: accessToken } = await signIn(google)
    const requests = [
      refreshGrant(refreshToken),
      ...Array.from({ length: 3 }, () => [
        get(`/tokeninfo?access_token=${accessToken}`),
        get('/v1/userinfo', accessToken),
        get('/drive/v3/files?spaces=appDataFolder', accessToken),
      ]).flat(),
    ]
    const job = { port: google.port, requests, connections: 8 }
    const atStart = await google.memory()
    await load.run({ ...job, count: warmUp })
    const count = (full ? measured.full : measured.part) / samples
    const points = [{ requests: 0, ...(await google.memory()) }]
    const started = performance.now()
    for (let sample = 1; sample <= samples; sample++) {
      const ran = await load.run({ ...job, count: Math.round(count) })
      points.push({ requests: points.at(-1).requests + ran.count, ...(await google.memory()) })
    }
    const seconds = (performance.now() - started) / 1000
    const [first] = points
    const last = points.at(-1)
    // Two samples differ by what V8 has not collected yet; a line through all samples shows the growth.
    const bytesARequest = slope(points)
    const growth = (bytesARequest * last.requests) / first.rss
    return [
      {
        what: `resident memory over ${whole(warmUp + last.requests)} requests, a tenth of them refresh grants`,
        figure: `${mib(first.rss)} after ${whole(warmUp)}, ${mib(last.rss)} at the end, fitted line ${kib(bytesARequest)} KiB for 1,000 requests, ${(growth * 100).toFixed(1)} %`,
        bar: `the line rises by at most ${mostGrowth * 100} %`,
        met: growth <= mostGrowth,
      },
      {
        what: 'the same run',
        figure: `${mib(atStart.rss)} before it, ${mib(Math.max(...points.map(({ rss }) => rss)))} at most, ${whole(last.requests / seconds)} requests a second`,
      },
    ]
  } finally {
    await Promise.all([google.stop(), load.stop()])
  }
}

/** Returns the bytes per request, by least squares. */
function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const meanX = mean(points.map(({ requests }) => requests))
  const meanY = mean(points.map(({ rss }) => rss))
  const products = points.map(({ requests, rss }) => (requests - meanX) * (rss - meanY))
  const squares = points.map(({ requests }) => (requests - meanX) ** 2)
  return mean(products) / mean(squares)
}

function mib(bytes) {
  return `${whole(bytes / mebibyte)} MiB`
}

function kib(bytesARequest) {
  return ((bytesARequest * 1000) / 1024).toFixed(1)
}
