import { get, order, postForm, refreshGrant, signIn, startGoogle, startLoad } from './google.js'
import { median, spread, whole } from './table.js'

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
      rows.push(await compare(load, what, count, [few.port, requests], [many.port, others]))
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

/** Signs in some accounts: tokens, email address, a file's ID. */
async function sessions(google, emails) {
  const found = []
  for (const email of emails) {
    const tokens = await signIn(google, email)
    const authorization = { authorization: `Bearer ${tokens.access_token}` }
    const listed = await fetch(`${google.issuer}/drive/v3/files?spaces=appDataFolder&pageSize=1`, {
      headers: authorization,
    })
    const { files } = await listed.json()
    found.push({ email, refreshToken: tokens.refresh_token, accessToken: tokens.access_token, fileId: files[0].id })
  }
  return found
}

const authorization = new URLSearchParams({
  response_type: 'code',
  client_id: '100000000001-desktop.apps.googleusercontent.com',
  redirect_uri: 'http://127.0.0.1:9/callback',
  scope: 'openid email https://www.googleapis.com/auth/drive.appdata',
}).toString()

/** Returns the requests to compare, with the number per round. */
function requestKinds(signedInAccounts) {
  const each = (request) => signedInAccounts.map(request)
  const list = 'spaces=appDataFolder&fields=nextPageToken,files(id,name,size,modifiedTime)'
  return new Map([
    ['refresh grant', { count: 200, requests: each(({ refreshToken }) => refreshGrant(refreshToken)) }],
    [
      'files.list, first page',
      { count: 100, requests: each(({ accessToken }) => get(`/drive/v3/files?${list}`, accessToken)) },
    ],
    [
      'files.get',
      { count: 400, requests: each(({ accessToken, fileId }) => get(`/drive/v3/files/${fileId}`, accessToken)) },
    ],
    [
      'files.get, content',
      {
        count: 400,
        requests: each(({ accessToken, fileId }) => get(`/drive/v3/files/${fileId}?alt=media`, accessToken)),
      },
    ],
    ['tokeninfo', { count: 400, requests: each(({ accessToken }) => get(`/tokeninfo?access_token=${accessToken}`)) }],
    ['consent page', { count: 50, requests: [get(`/v3/signin/identifier?${authorization}`)] }],
    [
      'consent page with login_hint',
      {
        count: 50,
        requests: each(({ email }) =>
          get(`/v3/signin/identifier?${authorization}&login_hint=${encodeURIComponent(email)}`),
        ),
      },
    ],
    [
      'consent given',
      {
        count: 200,
        requests: each(({ email }) =>
          postForm('/signin/oauth/consent', {
            request: authorization,
            account: email,
            scope: 'openid',
            decision: 'allow',
          }),
        ),
      },
    ],
  ])
}

/** Sends requests one by one on one connection, alternating between both emulators: a busy moment affects both. */
async function compare(load, what, count, ...sides) {
  const times = sides.map(() => [])
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [side, [port, requests]] of sides.entries()) {
      const { seconds } = await load.run({ port, requests, connections: 1, count })
      if (round > 0) times[side].push((seconds / count) * 1e6)
    }
  }
  const [few, many] = times
  const factor = median(many.map((time, round) => time / few[round]))
  return {
    what: `${what}: 2 accounts, then ${whole(accounts)}`,
    figure: `${whole(median(few))} µs, ${whole(median(many))} µs, ${factor.toFixed(2)} times`,
    bar: `at most ${mostTimes} times`,
    met: factor <= mostTimes,
    spread: Math.max(spread(few), spread(many)),
  }
}
