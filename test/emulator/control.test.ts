import { describe, expect } from 'vitest'
import { readClientSecrets, startEmulator } from '../../src/emulator/index.ts'
import { control, decodeJwt, driveAppdata, exchange, refresh, send, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

describe('the control API', () => {
  test('makes codes for every platform', async ({ google }) => {
    const plain = (await control(google, 'POST codes', {})).json.code
    expect((await exchange(google, plain)).status).toBe(200)
    const request = {
      account: 'grace@corp.example',
      platform: 'web-popup',
      scopes: ['openid', driveAppdata],
      nonce: 'n',
    }
    const { json } = await exchange(google, (await control(google, 'POST codes', request)).json.code, {
      redirect_uri: 'postmessage',
    })
    expect(json.scope).toBe(`openid ${driveAppdata}`)
    expect(decodeJwt(json.id_token).claims).toMatchObject({ sub: '110000000000000000002', nonce: 'n' })
  })

  test('moves the clock that dates every response', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    await control(google, 'POST clock', { advance: '1d12h' })
    const { headers } = await refresh(google, refresh_token)
    const ahead = Date.parse(headers['date'] ?? '') - Date.now()
    expect(Math.abs(ahead - 36 * 3_600_000)).toBeLessThan(60_000)
  })

  test('rotates keys', async ({ google }) => {
    const before = (await signIn(google)).id_token
    const { json } = await control(google, 'POST keys/rotate', { retire: true })
    expect(json.kids).toHaveLength(1)
    expect(json.kids).not.toContain(decodeJwt(before).header['kid'])
  })

  test('adds accounts', async ({ google }) => {
    const { json } = await control(google, 'POST accounts', {
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

  test('names an account after its email address unless told otherwise', async ({ google }) => {
    const { json } = await control(google, 'POST accounts', { email: 'mary@school.example' })
    expect(json.account).toMatchObject({ name: 'mary', givenName: 'mary', familyName: '' })
  })

  test('adds clients, including from a downloaded client secrets file', async ({ google }) => {
    await control(google, 'POST clients', {
      type: 'web',
      clientId: '7-mine',
      redirectUris: ['https://mine.example/cb'],
    })
    expect(google.clients.at(-1)).toEqual({ type: 'web', clientId: '7-mine', clientSecret: 'GOCSPX-emulator-7' })
    const file = { installed: { client_id: '8-mine', client_secret: 's', redirect_uris: ['http://localhost'] } }
    expect((await control(google, 'POST clients', file)).json.client.type).toBe('desktop')
  })

  test('resets everything except the keys and the clients given at start', async () => {
    const client = readClientSecrets({ web: { client_id: '9-mine', client_secret: 's' } })
    const google = await startGoogle({ clients: [client] })
    const tokens = await signIn(google)
    const { kid } = decodeJwt(tokens.id_token).header
    await control(google, 'POST accounts', { email: 'new@example.com' })
    await control(google, 'POST clients', { type: 'tv', clientId: '10-mine' })
    await control(google, 'POST clock', { advance: '400d' })
    google.arm({ on: 'token', fault: 'http-500', times: 5 })
    expect((await control(google, 'POST reset', {})).status).toBe(200)
    expect(google.requests()).toEqual([])
    expect(google.accounts).toHaveLength(2)
    expect(google.clients.map(({ clientId }) => clientId)).toContain('9-mine')
    expect(google.clients.map(({ clientId }) => clientId)).not.toContain('10-mine')
    const dead = await refresh(google, tokens.refresh_token)
    expect(dead.json.error_description).toBe('Token has been expired or revoked.')
    expect(Math.abs(Date.parse(dead.headers['date'] ?? '') - Date.now())).toBeLessThan(60_000)
    expect(decodeJwt((await signIn(google)).id_token).header['kid']).toBe(kid)
  })

  test.for([
    ['codes', { platform: 'windows' }, /platform/],
    ['codes', { account: 'nobody@example.com' }, /nobody/],
    ['codes', { clientId: '1-none' }, /1-none/],
    ['codes', { clientId: '100000000001-desktop.apps.googleusercontent.com' }, /web client/],
    ['codes', { scopes: ['foo'] }, /foo/],
    ['codes', { scopes: 'openid' }, /scopes/],
    ['clock', { advance: 'tomorrow' }, /59m50s/],
    ['clock', { advance: '-1d' }, /59m50s/],
    ['clock', {}, /"advance" must be a duration/],
    ['clock', { advanced: '7d' }, /POST clock has no member "advanced"; it accepts advance/],
    ['codes', { platfrom: 'ios' }, /has no member "platfrom"/],
    ['reset', { all: true }, /it accepts nothing/],
    ['faults', { on: 'token', fault: 'earthquake' }, /there is no fault "earthquake"/],
    ['faults', { on: 'moon', fault: 'http-500' }, /authorize/],
    ['faults', { on: 'drive', fault: 'no-refresh-token' }, /only on token/],
    ['faults', { on: 'token', fault: 'http-500', times: 0 }, /times/],
    ['faults', { on: 'token', fault: 'http-500', after: -1 }, /after/],
    ['accounts', {}, /email/],
    ['accounts', { email: 'ada@example.com' }, /already/],
    ['clients', { type: 'ios', clientId: '1-x' }, /web, desktop, tv/],
    ['clients', { type: 'web', clientId: 'x' }, /project/],
    ['files', { account: 'ada@example.com' }, /count/],
    ['files', { count: 1e9 }, /count/],
    ['keys/rotate', { retire: 'yes' }, /retire/],
  ] as const)('rejects %s %o with a message', async ([path, body, message], { google }) => {
    const { status, json } = await control(google, `POST ${path}`, body)
    expect(status).toBe(400)
    expect(json.error).toMatch(message)
  })

  test.for(['', '{', '[]', '"x"', 'null'])('survives the body %s', async (body, { google }) => {
    const url = `${google.controlUrl}/faults`
    const { status, json } = await send(url, { method: 'POST', body })
    expect(status).toBe(400)
    expect(typeof json.error).toBe('string')
  })

  test('lists the known requests after an unknown one', async ({ google }) => {
    const { status, json } = await control(google, 'POST nope', {})
    expect(status).toBe(404)
    expect(json.actions).toContain('POST codes')
  })

  test('serves only loopback names: a page that rebinds its own name to 127.0.0.1 gets nothing', async ({ google }) => {
    const { port } = new URL(google.issuer)
    for (const host of [
      `evil.example:${port}`,
      'evil.example',
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
    ]) {
      const answer = await send(`${google.controlUrl}/requests`, { headers: { host } })
      expect(answer.status).toBe(403)
      expect(answer.json).not.toHaveProperty('requests')
    }
    for (const host of [`localhost:${port}`, `[::1]:${port}`, `127.0.0.1:${port}`])
      expect((await send(`${google.controlUrl}/requests`, { headers: { host } })).status).toBe(200)
  })

  test('refuses pages of other origins', async ({ google }) => {
    const url = `${google.controlUrl}/reset`
    await send(`${google.issuer}/oauth2/v3/certs`)
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000'])
      expect((await send(url, { method: 'POST', headers: { origin } })).status).toBe(403)
    expect(google.requests()).toHaveLength(1)
    expect((await send(url, { method: 'POST', headers: { origin: google.issuer } })).status).toBe(200)
    expect(google.requests()).toEqual([])
  })

  describe('with a control token, under the name of another machine', () => {
    const elsewhere = { host: 'google:9077' }
    const bearing = (token: string): Record<string, string> => ({ ...elsewhere, authorization: `Bearer ${token}` })

    test.for([
      { what: 'the token', headers: bearing('let-me-in'), status: 200 },
      { what: 'the scheme in another case', headers: { ...elsewhere, authorization: 'bearer let-me-in' }, status: 200 },
      {
        what: 'a page of the emulator itself',
        headers: { ...bearing('let-me-in'), origin: 'https://issuer.example' },
        status: 200,
      },
      { what: 'no token', headers: elsewhere, status: 401 },
      { what: 'the beginning of the token', headers: bearing('let-me'), status: 401 },
      { what: 'more than the token', headers: bearing('let-me-in-'), status: 401 },
      { what: 'an empty token', headers: bearing(''), status: 401 },
      { what: 'another scheme', headers: { ...elsewhere, authorization: 'Basic let-me-in' }, status: 401 },
      {
        what: 'a page of another origin',
        headers: { ...bearing('let-me-in'), origin: 'https://evil.example' },
        status: 403,
      },
      { what: 'nothing, but on this machine', headers: {}, status: 200 },
      { what: 'another token, but on this machine', headers: { authorization: 'Bearer other' }, status: 200 },
    ])('$what gets $status', async ({ headers, status }) => {
      const google = await startGoogle({ controlToken: 'let-me-in', issuer: 'https://issuer.example' })
      const reply = await send(`${google.controlUrl}/requests`, { headers })
      expect(reply.status).toBe(status)
      expect(reply.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined)
      expect(reply.body).not.toContain('let-me')
    })

    test('the buttons of the start page still work on this machine only', async () => {
      const google = await startGoogle({ controlToken: 'let-me-in' })
      const headers = { ...bearing('let-me-in'), origin: 'http://google:9077' }
      expect((await send(`${google.issuer}/emulator/page/reset`, { method: 'POST', headers })).status).toBe(403)
    })
  })

  test.for(['', 'two words', 'line\r\nbreak', 'ümlaut'])('refuses the control token %j', async (controlToken) => {
    await expect(startEmulator({ controlToken })).rejects.toThrow('the control token must consist of letters')
  })
})
