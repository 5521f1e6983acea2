import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { answerDevice, type Emulator } from '../../src/emulator/index.ts'
import { open, press, section } from './home.ts'
import { bearer, configure, credentials, driveAppdata, exchange, postForm, refresh, send, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const ada = { email: 'ada@example.com', sub: '110000000000000000001' }
const project = '100000000001'
const webId = `${project}-web.apps.googleusercontent.com`
const desktopId = `${project}-desktop.apps.googleusercontent.com`

/**
 * Returns the values of the hidden field `token`, which identify tokens to the buttons: refresh tokens first, newest
 * first.
 */
async function tokenNames(google: Emulator): Promise<string[]> {
  const { body } = await open(google)
  return [...body.matchAll(/name="token" value="([^"]+)"/g)].map(([, name = '']) => name)
}

async function exchangeFor(google: Emulator, clientId: string): Promise<void> {
  const client_secret = 'GOCSPX-emulator-7'
  await exchange(google, await google.createCode({ clientId }), { client_id: clientId, client_secret })
}

describe('the page at /', () => {
  test('of a fresh emulator shows accounts, clients, keys and the time, and which lists are empty', async ({
    google,
  }) => {
    const { status, headers, body } = await open(google)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toContain('no-store')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(body).not.toMatch(/<script|http-equiv|\son\w+=/i)
    expect(body).toContain('Nothing here reaches Google.')
    expect(await section(google, 'accounts')).toMatch(
      /ada@example\.com .*grace@corp\.example .*Workspace corp\.example/,
    )
    expect(await section(google, 'clients')).toContain('Secret GOCSPX-…')
    expect(await section(google, 'keys')).toMatch(/^Keys 2 [0-9a-f]{40} signing [0-9a-f]{40} published/)
    expect(await section(google, 'clock')).toContain('The same as on this machine.')
    expect(await section(google, 'requests')).toContain('No requests yet.')
    expect(await section(google, 'tokens')).toContain('There are no live tokens.')
    expect(await section(google, 'grants')).toContain('No user has consented yet.')
    expect(await section(google, 'files')).toContain('No app has stored a file yet.')
    expect(await section(google, 'faults')).toContain('No faults are armed.')
  })

  test('shows grants, tokens with their remaining lifetimes, and files', async ({ google }) => {
    const { access_token } = await signIn(google, { scopes: ['openid', driveAppdata] })
    await configure(google, 'POST files', { account: ada.email, count: 1_000_000, bytes: 2 })
    google.advanceClock('5m30s')
    expect(await section(google, 'grants')).toContain(
      `ada@example.com to project ${project} Built-in web client (offline) openid drive.appdata`,
    )
    const tokens = await section(google, 'tokens')
    expect(tokens).toMatch(/1\/\/0\S{3}…\S{3} refresh ada@example\.com · Built-in web client 182 days if unused/)
    expect(tokens).toMatch(
      /ada@example\.com 1 access token · Built-in web client 54 min latest expiry ya29\.a0\S{3}…\S{3} 54 min left/,
    )
    expect(await section(google, 'files')).toContain(`project ${project} 1,000,000 files 2.0 MB`)
    const filesUrl = `${google.driveUrl}/drive/v3/files`
    const listed = await send(`${filesUrl}?spaces=appDataFolder&pageSize=1`, { headers: bearer(access_token) })
    await send(`${filesUrl}/${listed.json.files[0].id}`, { method: 'DELETE', headers: bearer(access_token) })
    expect(await section(google, 'files')).toContain(`project ${project} 999,999 files`)
    google.advanceClock('55m')
    expect(await section(google, 'tokens')).not.toContain('ya29')
    google.advanceClock('183d')
    expect(await section(google, 'tokens')).toContain('There are no live tokens.')
  })

  test('shows which project is in testing, which client is disabled, and shorter token lifetimes', async ({
    google,
  }) => {
    const [web, desktop] = google.clients
    await configure(google, 'POST projects', { publishingStatus: 'testing', organization: 'corp.example' })
    await configure(google, 'PATCH clients', { clientId: desktop?.clientId, status: 'disabled' })
    const clients = await section(google, 'clients')
    expect(clients).toContain(`Built-in web client Web in testing only corp.example ${web?.clientId}`)
    expect(clients).toContain('Built-in desktop client Desktop disabled in testing')
    await configure(google, 'POST projects', { publishingStatus: 'testing', organization: null })
    await signIn(google)
    google.advanceClock('1d')
    expect(await section(google, 'tokens')).toMatch(
      /refresh ada@example\.com · Built-in web client (?:6 days|5 days 23 h) left/,
    )
  })

  test('shows waiting devices, with their user codes only on this machine', async ({ google }) => {
    const { client_id } = credentials(google, 'tv')
    const ask = async (): Promise<{ device_code: string; user_code: string }> =>
      (await postForm(`${google.issuer}/device/code`, { client_id, scope: 'email' })).json
    const [first, second] = [await ask(), await ask()]
    await answerDevice(google.issuer, first.user_code)
    const devices = await section(google, 'devices')
    expect(devices).toMatch(
      new RegExp(`^Devices 2 Built-in limited-input client ${second.user_code} is waiting for you 29 min left Answer`),
    )
    expect(devices).toContain('approved, tokens not fetched yet')
    expect(devices).not.toContain(first.user_code)
    const elsewhere = await send(`${google.issuer}/`, { headers: { host: 'google.internal' } })
    for (const { body } of [elsewhere, await open(google)]) expect(body).not.toContain(second.device_code.slice(0, 12))
    expect(elsewhere.body).not.toContain(second.user_code)
    google.advanceClock('1d')
    expect(await section(google, 'devices')).toContain('No device is waiting.')
  })

  test('shows the last requests, newest first, and never itself', async ({ google }) => {
    await signIn(google)
    await send(`${google.issuer}/nothing-here`)
    google.arm({ on: 'certs', fault: 'reset' })
    await expect(send(`${google.issuer}/oauth2/v3/certs`)).rejects.toThrow(/ECONNRESET|hang up/)
    const before = google.requests().length
    expect(await section(google, 'requests')).toMatch(
      /GET \/oauth2\/v3\/certs fault reset no response .*GET \/nothing-here 404 .*POST \/token Built-in web client · ada@example\.com 200$/,
    )
    await press(google, 'clock', { advance: '1h' })
    expect((await send(`${google.issuer}/favicon.ico`)).status).toBe(204)
    expect(google.requests()).toHaveLength(before)
    google.advanceClock('2d')
    expect(await section(google, 'requests')).toMatch(/ \d\d-\d\d \d\d:\d\d:\d\d POST \/token Built-in/)
  })

  test('shows no tokens, codes or secrets', async ({ google }) => {
    const code = await google.createCode({ account: 'grace@corp.example' })
    const tokens = await signIn(google)
    await refresh(google, tokens.refresh_token)
    await send(`${google.issuer}/drive/v3/files?access_token=${tokens.access_token}`)
    const { body } = await open(google)
    const { access_token, refresh_token, id_token } = tokens
    const secrets = [code, access_token, refresh_token, id_token, ...google.clients.map((one) => one.clientSecret)]
    for (const secret of secrets) expect(body).not.toContain(secret.slice(0, 16))
  })

  test('escapes and truncates names and paths', async ({ google }) => {
    const evil = `<script>alert("1")</script>\u202e<img src=x onerror=y>${'🔑x'.repeat(5000)}`
    const client = { type: 'web', clientId: `7-"><script>${'é'.repeat(9000)}`, name: evil }
    await configure(google, 'POST clients', { ...client, redirectUris: [] })
    await configure(google, 'POST accounts', { email: `${evil}@x`, name: evil, hostedDomain: evil })
    await google.createCode({ clientId: client.clientId, account: google.accounts.at(-1)?.sub ?? '' })
    await new Promise((resolve) => {
      const socket = connect(Number(new URL(google.issuer).port), '127.0.0.1', () => {
        socket.write(
          `GET /<script>alert(1)</script>${'a'.repeat(9000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
        )
      })
      socket.on('data', () => undefined)
      socket.on('error', resolve)
      socket.on('close', resolve)
    })
    const { body } = await open(google)
    expect(body).not.toMatch(/<script|<img/)
    expect(body).toContain('/&lt;script&gt;alert(1)&lt;/script&gt;aaa')
    expect(body).toContain('<bdi>&lt;script&gt;alert(&quot;1&quot;)')
    // Half a surrogate pair would arrive as a replacement character.
    expect(body).not.toContain('\ufffd')
    expect(body.length).toBeLessThan(60_000)
  })

  test('shows a device that polls as waiting, and any other error as one', async ({ google }) => {
    const tv = credentials(google, 'tv')
    const { device_code } = (await postForm(`${google.issuer}/device/code`, { ...tv, scope: 'email' })).json
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    for (let poll = 0; poll < 2; poll++) await postForm(`${google.issuer}/token`, { ...tv, grant_type, device_code })
    await refresh(google, 'garbage')
    const { body } = await open(google)
    const statuses = [...body.matchAll(/<td role="cell" class="status (\w+)">(\d+)(?:<small><bdi>(\w+))?/g)]
    expect(statuses.map(([, look, status, error]) => [look, status, error])).toEqual([
      ['bad', '400', 'invalid_grant'],
      ['waiting', '403', 'slow_down'],
      ['waiting', '428', 'authorization_pending'],
      ['good', '200', undefined],
    ])
  })

  test('groups access tokens by account and client, after the refresh tokens', async ({ google }) => {
    await configure(google, 'POST clients', { type: 'web', clientId: '7-b', name: 'Mine', redirectUris: [] })
    const { refresh_token } = await signIn(google)
    for (let count = 0; count < 10; count++) await refresh(google, refresh_token)
    google.advanceClock('10m')
    await exchangeFor(google, '7-b')
    expect(await section(google, 'tokens')).toMatch(
      new RegExp(
        '^Live tokens 14 Refresh tokens 2 .*refresh.*refresh.* ' +
          'Access tokens 12 ada@example.com 1 access token · Mine 59 min latest expiry .*' +
          'ada@example.com 11 access tokens · Built-in web client 49 min latest expiry .* And 3 more.$',
      ),
    )
  })

  test('links every count to its section', async ({ google }) => {
    const { body } = await open(google)
    const [nav = ''] = /<nav[\s\S]*<\/nav>/.exec(body) ?? []
    const links = [...nav.matchAll(/<a href="#(\w+)">/g)].map(([, id]) => id)
    expect(links).toEqual([...body.matchAll(/<section id="(\w+)">/g)].map(([, id]) => id))
    expect(nav).toContain('<a href="#accounts"><strong>2</strong> accounts</a>')
  })

  test('stays small with thousands of accounts, clients, tokens and requests', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => ({ email: `user${index}@example.com` }))
    const google = await startGoogle({ config: { accounts: many } })
    for (let count = 0; count < 30; count++) {
      const { access_token } = await signIn(google, { account: `user${count}@example.com` })
      await send(`${google.issuer}/v1/userinfo`, { headers: bearer(access_token) })
    }
    const { body } = await open(google)
    expect(body.length).toBeLessThan(200_000)
    expect(await section(google, 'accounts')).toMatch(/^Accounts 3,002 .* And 2,982 more\.$/)
    expect(await section(google, 'tokens')).toMatch(
      /^Live tokens 60 Refresh tokens 30 .*user29@.* And 10 more\. Access tokens 30 user29@.* And 10 more\.$/,
    )
    expect(await section(google, 'requests')).toMatch(/^Requests 60 .* And 35 before these\.$/)
  })
})

describe('a button of the page at /', () => {
  test('moves the clock and confirms it on the page', async ({ google }) => {
    const answer = await press(google, 'clock', { advance: '7d' })
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/?done=clock')
    const { body } = await open(google, '/?done=clock')
    expect(body).toContain('<p class="notice" role="status">The clock has moved forward.</p>')
    expect(await section(google, 'clock')).toContain('7 days ahead of this machine.')
    expect((await open(google, '/?done=toString')).body).not.toContain('role="status"')
  })

  test.for([
    { retire: 'false', published: 3 },
    { retire: 'true', published: 1 },
  ])('creates a new key, with retire=$retire', async ({ retire, published }, { google }) => {
    expect((await press(google, 'keys/rotate', { retire })).status).toBe(303)
    const { json } = await send(`${google.issuer}/oauth2/v3/certs`)
    expect(json.keys).toHaveLength(published)
    expect(await section(google, 'keys')).toContain(`Keys ${published} ${json.keys[0].kid} signing`)
  })

  test('revokes a grant with all its tokens', async ({ google }) => {
    const tokens = await signIn(google)
    expect((await press(google, 'grants/revoke', { account: ada.sub, project })).status).toBe(303)
    expect((await refresh(google, tokens.refresh_token)).json.error_description).toBe(
      'Token has been expired or revoked.',
    )
    expect(await section(google, 'grants')).toContain('No user has consented yet.')
    expect((await press(google, 'grants/revoke', { account: ada.sub, project })).status).toBe(400)
  })

  test('ends only one token', async ({ google }) => {
    const tokens = await signIn(google)
    const [refreshName = '', accessName = ''] = await tokenNames(google)
    const userinfo = { headers: bearer(tokens.access_token) }
    expect((await press(google, 'tokens/end', { token: accessName })).headers.location).toBe('/?done=tokens%2Fend')
    expect((await send(`${google.issuer}/v1/userinfo`, userinfo)).status).toBe(401)
    expect((await refresh(google, tokens.refresh_token)).status).toBe(200)
    await press(google, 'tokens/end', { token: refreshName })
    expect((await refresh(google, tokens.refresh_token)).status).toBe(400)
    expect(await section(google, 'grants')).toContain('ada@example.com')
  })

  test('resets everything after a confirmation that needs no script', async ({ google }) => {
    await signIn(google)
    expect((await open(google)).body).toMatch(
      /<details class="sure">\s*<summary>Reset everything<\/summary>[\s\S]*action="\/emulator\/page\/reset"/,
    )
    expect((await press(google, 'reset')).headers.location).toBe('/?done=reset')
    expect(google.requests()).toEqual([])
    expect(await section(google, 'tokens')).toContain('There are no live tokens.')
  })

  test.for([
    ['clock', { advance: 'tomorrow' }, /59m50s, 2h or 1d12h\.</],
    ['faults', { fault: '', times: '1' }, /must be one of|there is no fault/],
    ['faults', { fault: 'token http-503', times: 'two' }, /times/],
    ['faults', { fault: 'token http-503', times: '1', after: 'x' }, /&quot;after&quot; must be a whole number/],
    ['faults', { fault: 'drive no-refresh-token', times: '1' }, /only on token/],
    ['codes', { account: 'nobody@example.com', clientId: 'x', platform: 'ios' }, /there is no client x/],
    ['codes', { account: 'nobody@example.com', clientId: webId, platform: 'ios' }, /there is no account nobody@/],
    ['codes', { account: ada.email, clientId: desktopId, platform: 'ios' }, /only web clients/],
    ['codes', { account: ada.email, clientId: webId, platform: 'windows' }, /must be one of android, ios/],
    ['codes', { account: ada.email, clientId: webId, platform: 'ios' }, /\(none given\)/],
    ['codes', { account: ada.email, clientId: webId, platform: 'ios', scopes: 'drive.appdta' }, /scope: drive\.appdta/],
    ['grants/revoke', { account: '<b>', project }, /there is no account &lt;b&gt;/],
    ['tokens/end', { token: '' }, /no such token/],
  ] as const)('shows the reason when it did nothing: %s %o', async ([action, fields, reason], { google }) => {
    const answer = await press(google, action, fields)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(reason)
    expect(answer.body).toContain('<a href="/">')
  })

  test('that does not exist is 404, and so is any other method', async ({ google }) => {
    expect((await press(google, 'toString')).status).toBe(404)
    expect((await open(google, '/emulator/page/reset')).status).toBe(404)
    expect((await postForm(`${google.issuer}/`, {})).status).toBe(404)
  })
})

describe('the buttons work only for the emulator’s own page', () => {
  const callers = [
    { name: 'a page of another origin', headers: { origin: 'https://evil.example' } },
    { name: 'a page of another port', headers: { origin: 'http://127.0.0.1:1' } },
    { name: 'a page without an origin', headers: { origin: 'null' } },
    { name: 'a caller without an origin header', headers: {} },
    {
      name: 'a page whose name resolves to this machine',
      headers: { host: 'rebound.example', origin: 'http://rebound.example' },
    },
  ]
  test.for(callers)('and not for $name', async ({ headers }, { google }) => {
    const { refresh_token } = await signIn(google)
    for (const action of ['clock', 'codes', 'reset', 'keys/rotate', 'grants/revoke', 'unknown']) {
      const fields = { advance: '400d', account: ada.sub, project }
      const answer = await postForm(`${google.issuer}/emulator/page/${action}`, fields, headers)
      expect(answer.status).toBe(403)
    }
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })

  test.for(['localhost', '127.0.0.1', '[::1]'])('and under the loopback name %s', async (name, { google }) => {
    const host = `${name}:${new URL(google.issuer).port}`
    const headers = { host, origin: `http://${host}` }
    const answer = await postForm(`${google.issuer}/emulator/page/clock`, { advance: '7d' }, headers)
    expect(answer.status).toBe(303)
    expect(await section(google, 'clock')).toContain('7 days ahead of this machine.')
  })

  test('so under any other name the page has none, and shows where they are', async ({ google }) => {
    const { status, body } = await send(`${google.issuer}/`, { headers: { host: 'google.internal:9077' } })
    expect(status).toBe(200)
    expect(body).not.toMatch(/<form|<button/)
    expect(body).toContain(`at <code>${google.issuer}/</code>`)
  })
})
