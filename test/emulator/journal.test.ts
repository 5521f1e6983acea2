import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { describe, expect } from 'vitest'
import { bearer, credentials, exchange, postForm, refresh, send, sendJson, signIn } from './raw-http.ts'
import { test } from './with-google.ts'

describe('the journal', () => {
  test('shows how a token was sent: the scheme as received, and the hash of the rest', async ({ google }) => {
    const { access_token } = await signIn(google)
    const url = `${google.issuer}/v1/userinfo`
    for (const authorization of [`beaRER ${access_token}`, access_token])
      await send(url, { headers: { authorization } })
    const hash = `sha256:${createHash('sha256').update(access_token).digest('hex').slice(0, 16)}`
    expect(google.requests().map(({ authorization }) => authorization)).toEqual([undefined, `beaRER ${hash}`, hash])
  })

  test('records parameters, with secrets hashed', async ({ google }) => {
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

  test('shows which requests shared a connection; control requests get no connection number', async ({ google }) => {
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

  test('never contains a secret in clear text', async ({ google }) => {
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
    for (const secret of [...Object.values(tokens).slice(0, 3), credentials(google).client_secret])
      expect(text).not.toContain(secret)
  })

  test.for([
    ['a code in a redirect URI', 'http://localhost/cb?state=s&code=sesame-sesame'],
    ['a token in a fragment', 'http://localhost/cb#access_token=sesame-sesame'],
    ['a password in an address', 'http://ada:sesame-sesame@localhost/cb'],
    ['a refresh token in another field', '1//0sesame-sesame'],
    ['a code in another field', '4/0Asesame-sesame'],
    ['a client secret in another field', 'GOCSPX-sesame-sesame'],
  ] as const)('never contains %s in clear text', async ([, value], { google }) => {
    await postForm(
      `${google.issuer}/token?other=${encodeURIComponent(value)}`,
      `redirect_uri=${encodeURIComponent(value)}`,
    )
    const text = JSON.stringify(google.requests())
    expect(text).not.toContain('sesame-sesame')
    expect(text.match(/sha256:/g)).toHaveLength(2)
  })

  test('shows which faults struck which request', async ({ google }) => {
    google.arm({ on: 'token', fault: 'no-refresh-token' })
    google.arm({ on: 'token', fault: 'id-token-expired' })
    google.arm({ on: 'token', fault: 'lost-answer', after: 1 })
    await signIn(google)
    await exchange(google, await google.createCode()).catch(() => undefined)
    expect(google.requests().map(({ status, faults }) => ({ status, faults }))).toEqual([
      { status: 200, faults: ['no-refresh-token', 'id-token-expired'] },
      { status: 0, faults: ['lost-answer'] },
    ])
    expect((await send(`${google.issuer}/`)).body).toMatch(/class="tag">.*lost-answer/)
  })
})
