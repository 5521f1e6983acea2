import { order, startGoogle, startLoad } from './google.js'
import { compareRequests, requestKinds, sessions } from './request-kinds.js'
import { whole } from './table.js'

const accounts = 10_000
const filesEach = 100
const signedIn = 20
const rounds = 9
const mostTimes = 2

/** Measures requests with many accounts and files, compared with the two built-in accounts. */
export async function measureAccounts() {
  const few = await startGoogle()
  const many = await startGoogle()
  const load = startLoad()
  try {
    const emails = Array.from({ length: accounts }, (_, index) => `user-${index}@example.com`)
    const rows = await fill(load, many, emails)
    await fillFolders(load, few, ['ada@example.com', 'grace@corp.example'])
    const sample = emails.filter((_, index) => index % (accounts / signedIn) === accounts / signedIn - 1)
    const kinds = requestKinds(await sessions(few, ['ada@example.com', 'grace@corp.example']))
    const kindsOfMany = requestKinds(await sessions(many, sample))
    for (const [what, { requests, count }] of kinds) {
      const others = kindsOfMany.get(what).requests
      const about = { what: `${what}: 2 accounts, then ${whole(accounts)}`, most: mostTimes, rounds }
      rows.push(await compareRequests(load, about, count, [few.port, requests], [many.port, others]))
    }
    return rows
  } finally {
    await Promise.all([few.stop(), many.stop(), load.stop()])
  }
}

async function fill(load, google, emails) {
  const before = await google.memory()
  const requests = emails.map((email) => order('accounts', { email }))
  const made = await load.run({ port: google.port, connections: 4, count: requests.length, requests })
  const filled = await fillFolders(load, google, emails)
  const after = await google.memory()
  const megabytes = (after.rss - before.rss) / 1024 / 1024
  return [
    {
      what: `making ${whole(accounts)} accounts and ${whole(accounts * filesEach)} files`,
      figure: `${made.seconds.toFixed(1)} s and ${filled.seconds.toFixed(1)} s, ${whole(megabytes)} MiB`,
    },
  ]
}

async function fillFolders(load, google, emails) {
  const requests = emails.map((account) => order('files', { account, count: filesEach }))
  return await load.run({ port: google.port, connections: 4, count: requests.length, requests })
}
