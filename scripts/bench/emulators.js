import { resolve } from 'node:path'
import { order, startGoogle, startLoad } from './google.js'
import { compareRequests, requestKinds, sessions } from './request-kinds.js'

// Many short rounds; but fewer refresh grants than the emulator keeps access tokens, 5,000.
const rounds = { part: 40, full: 90 }
const shorter = 4
const most = 1.05
const email = 'ada@example.com'

/** Measures each kind of request at this build's emulator, compared with the one of `other` in the same rounds. */
export async function measureEmulators({ full, other }) {
  if (other === undefined) return [{ what: 'requests of two emulators', figure: 'needs --vs FOLDER' }]
  const googles = [await startGoogle(resolve(other)), await startGoogle()]
  const load = startLoad()
  try {
    const kinds = []
    for (const google of googles) {
      const requests = [order('files', { account: email, count: 100 })]
      await load.run({ port: google.port, connections: 1, count: 1, requests })
      kinds.push(requestKinds(await sessions(google, [email])))
    }
    const [before, now] = kinds
    const rows = []
    for (const [what, { requests, count }] of before) {
      const sides = [
        [googles[0].port, requests],
        [googles[1].port, now.get(what).requests],
      ]
      const about = { what: `${what}: the other build, then this one`, most, rounds: full ? rounds.full : rounds.part }
      rows.push(await compareRequests(load, about, Math.ceil(count / shorter), ...sides))
    }
    return rows
  } finally {
    await Promise.all([...googles.map((google) => google.stop()), load.stop()])
  }
}
