import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { clientSecretsFile, readClientSecrets, startEmulator } from '../../src/emulator/index.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import {
  bearer,
  credentials,
  decodeJwt,
  driveAppdata,
  exchange,
  postForm,
  refresh,
  send,
  sendJson,
  signIn,
} from './raw-http.ts'
import type { RawAnswer } from './raw-http.ts'
import { test } from './with-google.ts'

const control = async (google: Emulator, path: string, body: unknown): Promise<RawAnswer> =>
  await sendJson(`${google.controlUrl}/${path}`, body)

describe('the control API', () => {
  test('makes codes for every platform', async ({ google }) => {
    const plain = (await control(google, 'codes', {})).json.code
    expect((await exchange(google, plain)).status).toBe(200)
    const request = {
      account: 'grace@corp.example',
      platform: 'web-popup',
      scopes: ['openid', driveAppdata],
      nonce: 'n',
    }
    const { json } = await exchange(google, (await control(google, 'codes', request)).json.code, {
      redirect_uri: 'postmessage',
    })
    expect(json.scope).toBe(`openid ${driveAppdata}`)
    expect(decodeJwt(json.id_token).claims).toMatchObject({ sub: '110000000000000000002', nonce: 'n' })
  })

  test('moves the clock, which every answer is dated by', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    await control(google, 'clock', { advance: '1d12h' })
    const { headers } = await refresh(google, refresh_token)
    const ahead = Date.parse(headers['date'] ?? '') - Date.now()
    expect(Math.abs(ahead - 36 * 3_600_000)).toBeLessThan(60_000)
  })

  test('rotates keys', async ({ google }) => {
    const before = (await signIn(google)).id_token
    const { json } = await control(google, 'keys/rotate', { retire: true })
    expect(json.kids).toHaveLength(1)
    expect(json.kids).not.toContain(decodeJwt(before).header['kid'])
  })

  test('adds accounts', async ({ google }) => {
    const { json } = await control(google, 'accounts', {
      email: 'Mary@School.example',
      name: 'Mary Jackson',
      hostedDomain: 'school.example',
    })
    expect(json.account).toMatchObject({
      sub: expect.stringMatching(/^\d{21}$/),
      givenName: 'Mary',
      familyName: 'Jackson',
    })
    expect(google.accounts).toHaveLength(3)
    const { id_token } = await signIn(google, { account: 'mary@school.example' })
    expect(decodeJwt(id_token).claims).toMatchObject({ name: 'Mary Jackson', hd: 'school.example' })
  })

  test('adds clients, also from a downloaded client secrets file', async ({ google }) => {
    await control(google, 'clients', { type: 'web', clientId: '7-mine', redirectUris: ['https://mine.example/cb'] })
    expect(google.clients.at(-1)).toEqual({ type: 'web', clientId: '7-mine', clientSecret: 'GOCSPX-emulator-7' })
    const file = { installed: { client_id: '8-mine', client_secret: 's', redirect_uris: ['http://localhost'] } }
    expect((await control(google, 'clients', file)).json.client.type).toBe('desktop')
  })

  test('resets all but the keys and the clients given at start', async () => {
    const client = readClientSecrets({ web: { client_id: '9-mine', client_secret: 's' } })
    const google = await startEmulator({ clients: [client] })
    const tokens = await signIn(google)
    const kid = decodeJwt(tokens.id_token).header['kid']
    await control(google, 'accounts', { email: 'new@example.com' })
    await control(google, 'clients', { type: 'tv', clientId: '10-mine' })
    await control(google, 'clock', { advance: '400d' })
    google.arm({ on: 'token', fault: 'http-500', times: 5 })
    expect((await control(google, 'reset', {})).status).toBe(200)
    expect(google.requests()).toEqual([])
    expect(google.accounts).toHaveLength(2)
    expect(google.clients.map(({ clientId }) => clientId)).toContain('9-mine')
    expect(google.clients.map(({ clientId }) => clientId)).not.toContain('10-mine')
    const dead = await refresh(google, tokens.refresh_token)
    expect(dead.json.error_description).toBe('Token has been expired or revoked.')
    expect(Math.abs(Date.parse(dead.headers['date'] ?? '') - Date.now())).toBeLessThan(60_000)
    expect(decodeJwt((await signIn(google)).id_token).header['kid']).toBe(kid)
    await google.close()
  })

  test.for([
    ['codes', { platform: 'windows' }, /platform/],
    ['codes', { account: 'nobody@example.com' }, /nobody/],
    ['codes', { clientId: '1-none' }, /1-none/],
    ['codes', { clientId: '100000000001-desktop.apps.googleusercontent.com' }, /web client/],
    ['codes', { scopes: ['foo'] }, /foo/],
    ['codes', { scopes: 'openid' }, /scopes/],
    ['clock', { advance: 'tomorrow' }, /tomorrow/],
    ['clock', { advance: '-1d' }, /-1d/],
    ['clock', {}, /"advance" says how far/],
    ['clock', { advanced: '7d' }, /POST clock knows no "advanced"; it takes advance/],
    ['codes', { platfrom: 'ios' }, /knows no "platfrom"/],
    ['reset', { all: true }, /it takes nothing/],
    ['faults', { on: 'token', fault: 'earthquake' }, /there is no fault "earthquake"/],
    ['faults', { on: 'moon', fault: 'http-500' }, /authorize/],
    ['faults', { on: 'drive', fault: 'no-refresh-token' }, /token only/],
    ['faults', { on: 'token', fault: 'http-500', times: 0 }, /times/],
    ['faults', { on: 'token', fault: 'http-500', after: -1 }, /after/],
    ['accounts', {}, /email/],
    ['accounts', { email: 'ada@example.com' }, /already/],
    ['clients', { type: 'ios', clientId: '1-x' }, /web, desktop, tv/],
    ['clients', { type: 'web', clientId: 'x' }, /project/],
    ['files', { account: 'ada@example.com' }, /count/],
    ['files', { count: 1e9 }, /count/],
    ['keys/rotate', { retire: 'yes' }, /retire/],
  ] as const)('refuses %s %o and says what is wrong', async ([path, body, message], { google }) => {
    const { status, json } = await control(google, path, body)
    expect(status).toBe(400)
    expect(json.error).toMatch(message)
  })

  test.for(['', '{', '[]', '"x"', 'null'])('survives the body %s', async (body, { google }) => {
    const url = `${google.controlUrl}/faults`
    const { status, json } = await send(url, { method: 'POST', body })
    expect(status).toBe(400)
    expect(typeof json.error).toBe('string')
  })

  test('says what there is when asked for something else', async ({ google }) => {
    const { status, json } = await control(google, 'nope', {})
    expect(status).toBe(404)
    expect(json.actions).toContain('POST codes')
  })

  test('answers only under a loopback name: a page that rebinds its own name to 127.0.0.1 gets nothing', async ({
    google,
  }) => {
    const { port } = new URL(google.issuer)
    for (const host of [
      `evil.example:${port}`,
      'evil.example',
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
    ]) {
      expect((await send(`${google.controlUrl}/requests`, { headers: { host } })).status).toBe(403)
    }
    for (const host of [`localhost:${port}`, `[::1]:${port}`, `127.0.0.1:${port}`]) {
      expect((await send(`${google.controlUrl}/requests`, { headers: { host } })).status).toBe(200)
    }
  })

  test('does not listen to pages of other origins', async ({ google }) => {
    const url = `${google.controlUrl}/reset`
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000']) {
      expect((await send(url, { method: 'POST', headers: { origin } })).status).toBe(403)
    }
    expect((await send(url, { method: 'POST', headers: { origin: google.issuer } })).status).toBe(200)
  })
})

describe('the journal', () => {
  test('shows how a token was sent: the scheme as it came, and the hash of the rest', async ({ google }) => {
    const { access_token } = await signIn(google)
    const url = `${google.issuer}/v1/userinfo`
    for (const authorization of [`beaRER ${access_token}`, access_token])
      await send(url, { headers: { authorization } })
    const hash = `sha256:${createHash('sha256').update(access_token).digest('hex').slice(0, 16)}`
    expect(google.requests().map(({ authorization }) => authorization)).toEqual([undefined, `beaRER ${hash}`, hash])
  })

  test('keeps what was asked, with secrets hashed', async ({ google }) => {
    const code = await google.createCode()
    const { access_token } = (await exchange(google, code)).json
    await send(`${google.issuer}/tokeninfo?access_token=${access_token}`)
    await send(`${google.issuer}/nope?x=1&x=2`)
    const hash = (value: string) => `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 16)}`
    const { client_id, client_secret } = credentials(google)
    const [first, second, third] = google.requests()
    expect(first).toEqual({
      time: expect.stringMatching(/Z$/),
      method: 'POST',
      path: '/token',
      status: 200,
      connection: 1,
      query: {},
      form: {
        grant_type: 'authorization_code',
        code: hash(code),
        redirect_uri: '',
        client_id,
        client_secret: hash(client_secret),
      },
    })
    expect(second).toMatchObject({ path: '/tokeninfo', query: { access_token: hash(access_token) } })
    expect(third).toMatchObject({ method: 'GET', path: '/nope', status: 404, query: { x: '1, 2' } })
    const overHttp = (await send(`${google.controlUrl}/requests`)).json.requests
    expect(overHttp).toEqual(google.requests())
  })

  test('tells which requests came on one connection; the control API has none of the numbers', async ({ google }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async (path: string, options: { agent: Agent | false }): Promise<void> => {
      await new Promise((resolve, reject) => {
        get(`${google.issuer}${path}`, options, (response) => response.resume().on('end', resolve)).on('error', reject)
      })
    }
    try {
      await ask('/emulator/v1/requests', { agent: false })
      await ask('/oauth2/v3/certs', { agent })
      await ask('/oauth2/v3/certs', { agent: false })
      await ask('/oauth2/v1/certs', { agent })
    } finally {
      agent.destroy()
    }
    expect(google.requests().map(({ path, connection }) => [path, connection])).toEqual([
      ['/oauth2/v3/certs', 1],
      ['/oauth2/v3/certs', 2],
      ['/oauth2/v1/certs', 1],
    ])
  })

  test('never holds a secret in clear', async ({ google }) => {
    const tokens = await signIn(google)
    await refresh(google, tokens.refresh_token)
    await sendJson(`${google.issuer}/token`, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      ...credentials(google),
    })
    await send(`${google.issuer}/tokeninfo?id_token=${tokens.id_token}`)
    await send(`${google.issuer}/v1/userinfo`, { headers: bearer(tokens.access_token) })
    await postForm(`${google.issuer}/revoke?token=${tokens.access_token}`, '')
    const text = JSON.stringify(google.requests())
    for (const secret of [...Object.values(tokens).slice(0, 3), credentials(google).client_secret]) {
      expect(text).not.toContain(secret)
    }
  })
})

describe('a fault', () => {
  test('strikes once, or as often as asked, after as many requests as asked', async ({ google }) => {
    const ask = async (): Promise<number> => (await send(`${google.issuer}/oauth2/v3/certs`)).status
    google.arm({ on: 'certs', fault: 'http-503' })
    expect([await ask(), await ask()]).toEqual([503, 200])
    await control(google, 'faults', { on: 'certs', fault: 'http-500', times: 2, after: 1 })
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 500, 500, 200])
  })

  test('leaves the other parts alone, and is listed while it is armed', async ({ google }) => {
    google.arm({ on: 'drive', fault: 'http-500', times: 3 })
    expect((await send(`${google.issuer}/.well-known/openid-configuration`)).status).toBe(200)
    const { json } = await send(`${google.controlUrl}/faults`)
    expect(json.armed).toEqual([{ on: 'drive', fault: 'http-500', times: 3, after: 0 }])
    expect(json.faults).toContainEqual({ fault: 'reset', on: expect.any(Array), does: 'resets the connection' })
  })

  test('does not carry the request out: the code is still good afterwards', async ({ google }) => {
    google.arm({ on: 'token', fault: 'http-503' })
    const code = await google.createCode()
    expect((await exchange(google, code)).status).toBe(503)
    expect((await exchange(google, code)).status).toBe(200)
  })

  test.for([
    ['http-429', 429, 'rateLimitExceeded'],
    ['http-500', 500, 'backendError'],
    ['http-502', 502, 'backendError'],
    ['http-503', 503, 'backendError'],
    ['http-504', 504, 'backendError'],
  ] as const)('%s of Drive is in JSON, as Drive writes its errors', async ([fault, status, reason], { google }) => {
    const { access_token } = await signIn(google)
    google.arm({ on: 'drive', fault })
    const answer = await send(`${google.issuer}/drive/v3/files`, { headers: bearer(access_token) })
    expect(answer.status).toBe(status)
    expect(answer.json.error.errors[0].reason).toBe(reason)
  })

  test('reset cuts the connection', async ({ google }) => {
    google.arm({ on: 'discovery', fault: 'reset' })
    const url = `${google.issuer}/.well-known/openid-configuration`
    await expect(send(url)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await send(url)).status).toBe(200)
  })

  test('hang never answers, and close ends it', async () => {
    const google = await startEmulator()
    google.arm({ on: 'authorize', fault: 'hang' })
    const outcome = send(`${google.issuer}/o/oauth2/v2/auth`).catch((error: unknown) => error)
    await expect.poll(() => google.requests(), { timeout: 20_000 }).toHaveLength(1)
    await google.close()
    expect(await outcome).toMatchObject({ code: 'ECONNRESET' })
    expect(google.requests()[0]?.status).toBe(0)
  })

  test('no-refresh-token and rotate-refresh-token change what a grant returns', async ({ google }) => {
    google.arm({ on: 'token', fault: 'no-refresh-token' })
    expect((await exchange(google, await google.createCode({ forceRefreshToken: true }))).json).not.toHaveProperty(
      'refresh_token',
    )
    const { refresh_token } = await signIn(google)
    google.arm({ on: 'token', fault: 'rotate-refresh-token' })
    const rotated = (await refresh(google, refresh_token)).json.refresh_token
    expect(rotated).toMatch(/^1\/\/0/)
    expect((await refresh(google, refresh_token)).json.error_description).toBe('Token has been expired or revoked.')
    expect((await refresh(google, rotated)).status).toBe(200)
  })
})

describe('starting and stopping', () => {
  test('tells its addresses, clients and accounts', async ({ google }) => {
    expect(google.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(google.driveUrl).toBe(google.issuer)
    expect(google.controlUrl).toBe(`${google.issuer}/emulator/v1`)
    expect(google.clients).toEqual([
      { type: 'web', clientId: '100000000001-web.apps.googleusercontent.com', clientSecret: 'GOCSPX-emulator-web' },
      {
        type: 'desktop',
        clientId: '100000000001-desktop.apps.googleusercontent.com',
        clientSecret: 'GOCSPX-emulator-desktop',
      },
      { type: 'tv', clientId: '100000000001-tv.apps.googleusercontent.com', clientSecret: 'GOCSPX-emulator-tv' },
    ])
    expect(google.accounts).toEqual([
      { sub: '110000000000000000001', email: 'ada@example.com' },
      { sub: '110000000000000000002', email: 'grace@corp.example' },
    ])
  })

  test('a taken port is EADDRINUSE', async ({ google }) => {
    await expect(startEmulator({ port: Number(new URL(google.issuer).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  test('close ends open connections, and may be called again', async () => {
    const google = await startEmulator()
    const { port } = new URL(google.issuer)
    const socket = connect(Number(port), '127.0.0.1')
    const ended = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('connect', resolve))
    socket.on('error', () => undefined)
    await Promise.all([google.close(), google.close()])
    await ended
    await google.close()
    await expect(send(google.issuer)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('two emulators know nothing of each other', async ({ google }) => {
    const other = await startEmulator()
    const code = await google.createCode()
    expect((await exchange(other, code)).json.error_description).toBe('Malformed auth code.')
    const { access_token } = await signIn(google)
    expect((await send(`${other.issuer}/v1/userinfo`, { headers: bearer(access_token) })).status).toBe(401)
    await other.close()
  })

  test.for(['web', 'desktop', 'tv'] as const)('the %s client has a client secrets file that reads back', (type) => {
    const file = clientSecretsFile(type, 'http://127.0.0.1:9077')
    expect(Object.keys(file)).toEqual([type === 'web' ? 'web' : 'installed'])
    expect(Object.values(file)[0]).toMatchObject({
      client_secret: `GOCSPX-emulator-${type}`,
      auth_uri: 'http://127.0.0.1:9077/o/oauth2/auth',
      token_uri: 'http://127.0.0.1:9077/token',
    })
    expect(readClientSecrets(file)).toMatchObject({ type, clientSecret: `GOCSPX-emulator-${type}` })
  })

  test.for([
    ['https://mine.example/cb'],
    ['https://mine.example:8443/cb?next=a%2Fb'],
    ['https://mine.example'],
    ['http://localhost/cb'],
    ['http://localhost:3000/cb'],
    ['http://127.0.0.1:3000'],
    ['http://[::1]:3000/cb'],
    ['https://localhost/cb'],
  ])('a web client may register %s', async ([redirectUri], { google }) => {
    const { status } = await control(google, 'clients', {
      type: 'web',
      clientId: '7-mine',
      redirectUris: [redirectUri],
    })
    expect(status).toBe(200)
    const file = { web: { client_id: '7-mine', client_secret: 's', redirect_uris: [redirectUri] } }
    expect(readClientSecrets(file)).toMatchObject({ redirectUris: [redirectUri] })
  })

  test.for([
    ['http://mine.example/cb', 'https://'],
    ['http://192.168.1.2/cb', 'https://'],
    ['http://localhost.evil.example/cb', 'https://'],
    ['com.mine.app://cb', 'https://'],
    ['com.mine.app:/cb', 'complete URI'],
    ['https:/mine.example/cb', 'complete URI'],
    ['/cb', 'complete URI'],
    ['', 'complete URI'],
    ['https://192.0.2.7/cb', 'IP address'],
    ['https://[2001:db8::1]/cb', 'IP address'],
    ['https://3221225991/cb', 'IP address'],
    ['https://backend/cb', 'public domain'],
    ['https://mine.example/cb#', 'fragment'],
    ['https://mine.example/cb#x', 'fragment'],
    ['https://*.mine.example/cb', 'wildcard'],
    ['https://mine.example/*', 'wildcard'],
    ['https://user@mine.example/cb', 'user name'],
    ['https://@mine.example/cb', 'user name'],
    ['https://mine.example/a/../cb', 'upwards'],
    ['https://mine.example/a/%2e%2E/cb', 'upwards'],
    ['https://mine.example/a%2F..%2Fcb', 'upwards'],
    ['https://mine.example/a\\..\\cb', 'upwards'],
    ['https://mine.example/a b', 'ASCII'],
    ['https://mine.example/ü', 'ASCII'],
    ['https://mine.example/100%', 'percent'],
    ['https://mine.example/%00', 'null'],
  ] as const)('no web client may register "%s", and is told why', async ([redirectUri, why], { google }) => {
    const redirectUris = ['https://mine.example/good', redirectUri]
    const refused = await control(google, 'clients', { type: 'web', clientId: '7-mine', redirectUris })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toContain(`Google would not register the redirect URI "${redirectUri}": it `)
    expect(refused.json.error).toContain(why)
    expect(google.clients.map(({ clientId }) => clientId)).not.toContain('7-mine')
    const file = { web: { client_id: '7-mine', client_secret: 's', redirect_uris: redirectUris } }
    expect(() => readClientSecrets(file)).toThrow(RangeError)
    expect((await control(google, 'clients', file)).json.error).toContain(why)
  })

  test.for([null, [], {}, { type: 'service_account' }, { web: {} }, { installed: { client_id: 1 } }])(
    '%o is no client secrets file',
    (file) => {
      expect(() => readClientSecrets(file)).toThrow(RangeError)
    },
  )
})
