import { refreshGrant, signIn, startGoogle, startLoad } from './google.js'
import { startProcess } from './start-process.js'
import { median, spread, whole } from './table.js'

const rounds = 5
const seconds = 3
const concurrency = 16
const leastRate = 1500
const leastShare = 0.75

/** Measures refresh grants per second, compared with signing alone. */
export async function measureRefreshRate() {
  const google = await startGoogle()
  const load = startLoad()
  const signer = startProcess('scripts/bench/processes/sign.js')
  try {
    const { refresh_token: refreshToken } = await signIn(google)
    const grants = { port: google.port, requests: [refreshGrant(refreshToken)], connections: concurrency }
    await load.run({ ...grants, seconds: 1 })
    const rates = []
    const signings = []
    const clientMicroseconds = []
    for (let round = 0; round < rounds; round++) {
      const alone = await signer.ask({ seconds, concurrency })
      signings.push(alone.count / alone.seconds)
      const granted = await load.run({ ...grants, seconds })
      rates.push(granted.count / granted.seconds)
      clientMicroseconds.push((granted.cpuSeconds / granted.count) * 1e6)
    }
    const share = median(rates.map((rate, round) => rate / signings[round]))
    const rate = median(rates)
    return [
      {
        what: `crypto.sign alone, RSA-2048, ${concurrency} at once`,
        figure: `${whole(median(signings))} a second`,
        spread: spread(signings),
      },
      {
        what: `refresh grants with ID token, ${concurrency} connections`,
        figure: `${whole(rate)} a second, ${whole(share * 100)} % of signing alone`,
        bar: `${whole(leastRate)} a second or ${leastShare * 100} %`,
        met: rate >= leastRate || share >= leastShare,
        spread: spread(rates),
      },
      {
        what: 'processor time that the load itself takes of the same cores',
        figure: `${whole(median(clientMicroseconds))} µs a grant, ${whole((median(clientMicroseconds) * rate) / 1e4)} % of a core`,
      },
    ]
  } finally {
    await Promise.all([google.stop(), load.stop(), signer.stop()])
  }
}
