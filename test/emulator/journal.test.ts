import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { describe, expect } from 'vitest'
import { answerConsent, answerDevice, type Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  bearer,
  credentials,
  exchange,
  pollDevice,
  postForm,
  refresh,
  send,
  sendJson,
  signIn,
  startDevice,
} from './raw-http.ts'
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
      clientId: client_id,
      account: 'ada@example.com',
      signIn: expect.stringMatching(/^[0-9a-f]{16}$/),
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
    ['a code with escaped slashes', 'http://localhost/cb?next=%3Fcode%3D4%252F0Asesame-sesame'],
    ['an API key in another field', 'AIzasesame-sesame'],
    ['an upload id', `A${'sesame-sesame'.padEnd(109, '-')}`],
  ] as const)('never contains %s in clear text', async ([, value], { google }) => {
    await postForm(
      `${google.issuer}/token?other=${encodeURIComponent(value)}`,
      `redirect_uri=${encodeURIComponent(value)}`,
    )
    const text = JSON.stringify(google.requests())
    expect(text).not.toContain('sesame-sesame')
    expect(text.match(/sha256:/g)).toHaveLength(2)
  })

  test.for([
    { name: 'in a path', path: '/tokeninfo/1//0sesame-sesame' },
    { name: 'in a path, escaped', path: '/1%2f%2F0sesame-sesame' },
    { name: 'in place of a name', path: '/revoke?ya29.sesame-sesame' },
    { name: 'under a name in capitals', path: '/revoke?Token=sesame-sesame' },
    { name: 'under the name key', path: '/drive/v3/files?key=sesame-sesame' },
    { name: 'before a space in Authorization', path: '/token', authorization: 'ya29.sesame-sesame x' },
    { name: 'in place of a scheme', path: '/token', authorization: 'sesame-sesame-sesame-sesame x' },
  ])('never contains a secret $name', async ({ path, authorization }, { google }) => {
    await send(google.issuer + path, { headers: authorization === undefined ? {} : { authorization } })
    const text = JSON.stringify(google.requests())
    expect(text).toContain('sha256:')
    expect(text).not.toContain('sesame')
  })

  test.for([
    { name: 'a megabyte that almost is an ID token', body: `x=${'eyJ'.repeat(340_000)}` },
    { name: 'a megabyte of empty parameters', body: '=&'.repeat(500_000) },
    { name: 'a long name', body: `${'x'.repeat(1_000_000)}=` },
  ])('keeps at most 10 kB of $name', { timeout: 60_000 }, async ({ body }, { google }) => {
    await postForm(`${google.issuer}/token`, body)
    expect(JSON.stringify(google.requests()).length).toBeLessThan(10_000)
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
  })

  const grace = 'grace@corp.example'
  const sources: readonly {
    readonly name: string
    readonly client?: 'desktop' | 'tv'
    readonly account?: string
    readonly error?: string
    readonly request: (google: Emulator) => Promise<unknown>
  }[] = [
    {
      name: 'an exchange',
      account: grace,
      request: async (google) => await exchange(google, await google.createCode({ account: grace })),
    },
    {
      name: 'a code that the client authenticates for with HTTP Basic',
      account: grace,
      request: async (google) => {
        const { client_id, client_secret } = credentials(google)
        const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
        const form = { grant_type: 'authorization_code', code: await google.createCode({ account: grace }) }
        await postForm(`${google.issuer}/token`, { ...form, redirect_uri: '' }, { authorization })
      },
    },
    {
      name: 'a refresh',
      account: grace,
      request: async (google) => await refresh(google, (await signIn(google, { account: grace })).refresh_token),
    },
    {
      name: 'a refresh by another client',
      client: 'desktop',
      account: grace,
      error: 'unauthorized_client',
      request: async (google) => {
        const { refresh_token } = await signIn(google, { account: grace })
        await refresh(google, refresh_token, credentials(google, 'desktop'))
      },
    },
    {
      name: 'a revocation',
      account: grace,
      request: async (google) => {
        const { access_token } = await signIn(google, { account: grace })
        await postForm(`${google.issuer}/revoke`, { token: access_token })
      },
    },
    {
      name: 'a Drive request that fails',
      account: grace,
      error: 'notFound',
      request: async (google) => {
        const { access_token } = await signIn(google, { account: grace })
        await send(`${google.driveUrl}/drive/v3/files/nope`, { headers: bearer(access_token) })
      },
    },
    {
      name: 'a chunk of an upload, which carries no token',
      account: grace,
      request: async (google) => {
        const { access_token } = await signIn(google, { account: grace })
        const { location = '' } = (
          await sendJson(
            `${google.driveUrl}/upload/drive/v3/files?uploadType=resumable`,
            { parents: ['appDataFolder'] },
            { headers: bearer(access_token) },
          )
        ).headers
        await send(location, { method: 'PUT', headers: { 'content-range': 'bytes */*' } })
      },
    },
    {
      name: 'the form of the consent page',
      client: 'desktop',
      account: grace,
      request: async (google) => await answerConsent(authorizationUrl(google), { account: grace }),
    },
    {
      name: 'a device that polls before its user decides',
      client: 'tv',
      error: 'authorization_pending',
      request: async (google) => await pollDevice(google, (await startDevice(google)).device_code),
    },
    {
      name: 'a device that polls after its user allowed it',
      client: 'tv',
      account: grace,
      request: async (google) => {
        const { device_code, user_code } = await startDevice(google)
        await answerDevice(google.issuer, user_code, { account: grace })
        await pollDevice(google, device_code)
      },
    },
    {
      name: 'the form of the device page',
      client: 'tv',
      account: grace,
      request: async (google) =>
        await answerDevice(google.issuer, (await startDevice(google)).user_code, { account: grace }),
    },
  ]

  test.for(sources)(
    'names client, account and error of $name',
    async ({ client, account, error, request }, { google }) => {
      await request(google)
      const last = google.requests().at(-1)
      expect({ clientId: last?.clientId, account: last?.account, error: last?.error }).toEqual({
        clientId: credentials(google, client).client_id,
        account,
        error,
      })
    },
  )

  test('names the account of an automatic consent', async ({ autoGoogle }) => {
    await send(authorizationUrl(autoGoogle, { login_hint: grace }))
    expect(autoGoogle.requests().map(({ account }) => account)).toEqual([grace])
  })

  test('names no client that is not registered, and no account for a code that is not genuine', async ({ google }) => {
    const { client_id, client_secret } = credentials(google)
    await exchange(google, '4/0Anope', { client_id: client_secret })
    await exchange(google, '4/0Anope', { client_id })
    expect(google.requests().map(({ clientId, account, error }) => ({ clientId, account, error }))).toEqual([
      { error: 'invalid_client' },
      { clientId: client_id, error: 'invalid_grant' },
    ])
  })
})
