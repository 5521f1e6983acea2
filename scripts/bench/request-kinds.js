import { get, postForm, refreshGrant, signIn } from './google.js'
import { median, spread, whole } from './table.js'

/** Signs in some accounts: tokens, email address, a file's ID. */
export async function sessions(google, emails) {
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
export function requestKinds(signedInAccounts) {
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

/**
 * Sends requests one by one on one connection, alternating between two emulators: a busy moment affects both. Each
 * comes first in every other round. The factor is the median of the rounds.
 */
export async function compareRequests(load, { what, most, rounds }, count, ...sides) {
  const times = sides.map(() => [])
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const turns = [...sides.entries()]
    for (const [side, [port, requests]] of round % 2 === 0 ? turns : turns.toReversed()) {
      const { seconds } = await load.run({ port, requests, connections: 1, count })
      if (round > 0) times[side].push((seconds / count) * 1e6)
    }
  }
  const [first, second] = times
  const factor = median(second.map((time, round) => time / first[round]))
  return {
    what,
    figure: `${whole(median(first))} µs, ${whole(median(second))} µs, ${factor.toFixed(2)} times`,
    bar: `at most ${most} times`,
    met: factor <= most,
    spread: Math.max(spread(first), spread(second)),
  }
}
