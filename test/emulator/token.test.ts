import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  control,
  credentials,
  driveAppdata,
  emailScope,
  exchange,
  pkce,
  postForm,
  profileScope,
  type RawAnswer,
  refresh,
  send,
  sendJson,
  signIn,
  webRedirectUri,
  webRequest,
} from './raw-http.ts'
import { test } from './with-google.ts'

/** Returns a code from the desktop client's consent page. */
async function desktopCode(google: Emulator, parameters: Record<string, string> = {}): Promise<string> {
  const { url } = await answerConsent(authorizationUrl(google, parameters))
  return new URL(url).searchParams.get('code') ?? ''
}

const desktop = (google: Emulator) => ({
  ...credentials(google, 'desktop'),
  redirect_uri: 'http://127.0.0.1:9/callback',
})

describe('the code grant', () => {
  test('responds in Google’s format: member order, two spaces, no trailing newline, 3599 seconds', async ({
    google,
  }) => {
    const answer = await exchange(google, await google.createCode())
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.json)).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'scope',
      'token_type',
      'id_token',
    ])
    expect(answer.json).toMatchObject({
      access_token: expect.stringMatching(/^ya29\.a0[\w-]{100,2000}$/),
      expires_in: 3599,
      refresh_token: expect.stringMatching(/^1\/\/0[\w-]{90,500}$/),
      token_type: 'Bearer',
    })
    expect(answer.body).toBe(JSON.stringify(answer.json, null, 2))
  })

  test('sends the headers captured from Google', async ({ google }) => {
    const { headers } = await exchange(google, await google.createCode())
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
      pragma: 'no-cache',
      expires: 'Mon, 01 Jan 1990 00:00:00 GMT',
      vary: 'X-Origin, Referer, Origin,Accept-Encoding',
      server: 'scaffolding on HTTPServer2',
      'x-xss-protection': '0',
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      'transfer-encoding': 'chunked',
    })
  })

  test('the parameters can be JSON', async ({ google }) => {
    const parameters = { ...credentials(google), grant_type: 'authorization_code', redirect_uri: '' }
    const answer = await sendJson(token(google), { ...parameters, code: await google.createCode() })
    expect(answer).toMatchObject({ status: 200, json: { token_type: 'Bearer' } })
  })

  test('a code looks like Google’s and fits into 256 bytes', async ({ google }) => {
    const code = await google.createCode()
    expect(code).toMatch(/^4\/0A[\w-]+$/)
    expect(code.length).toBeLessThanOrEqual(256)
  })

  test('a code from the web popup needs postmessage, a code from the mobile SDKs an empty redirect URI', async ({
    google,
  }) => {
    for (const [platform, wanted, other] of [
      ['web-popup', 'postmessage', ''],
      ['android', '', 'postmessage'],
      ['ios', '', 'postmessage'],
    ] as const) {
      const right = await exchange(google, await google.createCode({ platform }), { redirect_uri: wanted })
      expect(right.status, platform).toBe(200)
      const wrong = await exchange(google, await google.createCode({ platform }), { redirect_uri: other })
      expect([wrong.status, wrong.json.error], platform).toEqual([400, 'redirect_uri_mismatch'])
    }
  })

  test('a popup code bound to the page needs its origin', async ({ google }) => {
    const request = { platform: 'web-popup', origin: 'http://localhost:8080' } as const
    const withWord = await exchange(google, await google.createCode(request), { redirect_uri: 'postmessage' })
    expect(withWord.json.error).toBe('redirect_uri_mismatch')
    const { json } = await control(google, 'POST codes', request)
    expect((await exchange(google, json.code, { redirect_uri: request.origin })).status).toBe(200)
    const elsewhere = google.createCode({ ...request, origin: 'http://localhost:9' })
    await expect(elsewhere).rejects.toThrow('is not among the JavaScript origins')
  })

  test('only the first consent to a web client yields a refresh token', async ({ google }) => {
    expect((await exchange(google, await google.createCode())).json).toHaveProperty('refresh_token')
    expect((await exchange(google, await google.createCode())).json).not.toHaveProperty('refresh_token')
    const forced = await google.createCode({ forceRefreshToken: true })
    expect((await exchange(google, forced)).json).toHaveProperty('refresh_token')
    const other = await google.createCode({ account: 'grace@corp.example' })
    expect((await exchange(google, other)).json).toHaveProperty('refresh_token')
  })

  test('a first consent counts even if its code is never exchanged', async ({ google }) => {
    await google.createCode()
    expect((await exchange(google, await google.createCode())).json).not.toHaveProperty('refresh_token')
  })

  test('a desktop client gets a refresh token every time', async ({ google }) => {
    for (let round = 0; round < 2; round++) {
      const answer = await exchange(google, await desktopCode(google), desktop(google))
      expect(answer.json).toHaveProperty('refresh_token')
    }
  })

  test('without openid, email or profile there is no ID token', async ({ google }) => {
    const answer = await exchange(google, await google.createCode({ scopes: [driveAppdata] }))
    expect(answer.json.scope).toBe(driveAppdata)
    expect(answer.json).not.toHaveProperty('id_token')
  })

  test('email and profile are returned under their long names, with openid', async ({ google }) => {
    const { scope } = await signIn(google, { scopes: ['email', 'profile'] })
    expect(scope.split(' ').toSorted()).toEqual([emailScope, profileScope, 'openid'].toSorted())
  })

  test.for(['body', 'basic', 'json', 'query'] as const)('accepts the client by %s', async (how, { google }) => {
    const { client_id, client_secret } = credentials(google)
    const code = await google.createCode()
    const fields = { grant_type: 'authorization_code', code, redirect_uri: '' }
    const all = { ...fields, client_id, client_secret }
    const basic = Buffer.from(`${encodeURIComponent(client_id)}:${client_secret}`).toString('base64')
    const url = `${google.issuer}/token`
    const answers: Record<typeof how, () => Promise<RawAnswer>> = {
      body: async () => await postForm(url, all),
      basic: async () => await postForm(url, fields, { authorization: `Basic ${basic}` }),
      json: async () => await sendJson(url, all),
      query: async () => await postForm(`${url}?${new URLSearchParams(all).toString()}`, ''),
    }
    expect((await answers[how]()).status).toBe(200)
  })

  test.for(['S256', 'plain', 'default'] as const)('PKCE with method %s', async (method, { google }) => {
    const { verifier, challenge } = pkce()
    const code_challenge = method === 'S256' ? challenge : verifier
    const asked = method === 'default' ? { code_challenge } : { code_challenge, code_challenge_method: method }
    const code = await desktopCode(google, asked)
    const answer = await exchange(google, code, { ...desktop(google), code_verifier: verifier })
    expect(answer.status).toBe(200)
  })
})

interface Refusal {
  name: string
  status: number
  error: string
  description: string
  answer: (google: Emulator) => Promise<RawAnswer>
}

const { verifier, challenge } = pkce()
const s256 = { code_challenge: challenge, code_challenge_method: 'S256' }
const token = (google: Emulator): string => `${google.issuer}/token`

const refusals: Refusal[] = [
  {
    name: 'a code used twice',
    status: 400,
    error: 'invalid_grant',
    description: 'Bad Request',
    answer: async (google) => {
      const code = await google.createCode()
      await exchange(google, code)
      return await exchange(google, code)
    },
  },
  {
    name: 'a code after ten minutes',
    status: 400,
    error: 'invalid_grant',
    description: 'Bad Request',
    answer: async (google) => {
      const code = await google.createCode()
      google.advanceClock('10m')
      return await exchange(google, code)
    },
  },
  {
    name: 'a code of another client',
    status: 400,
    error: 'invalid_grant',
    description: 'Bad Request',
    answer: async (google) => await exchange(google, await google.createCode(), credentials(google, 'desktop')),
  },
  {
    name: 'a code after a revoke',
    status: 400,
    error: 'invalid_grant',
    description: 'Bad Request',
    answer: async (google) => {
      const tokens = await signIn(google)
      const code = await google.createCode()
      await postForm(`${google.issuer}/revoke`, { token: tokens.refresh_token })
      return await exchange(google, code)
    },
  },
  ...['hello', '4/0A', '4/0Abcdef', ''].map((code) => ({
    name: `the code "${code}"`,
    status: 400,
    error: code ? 'invalid_grant' : 'invalid_request',
    description: code ? 'Malformed auth code.' : 'Missing required parameter: code',
    answer: async (google: Emulator) => await exchange(google, code),
  })),
  {
    name: 'a code encoded twice',
    status: 400,
    error: 'invalid_grant',
    description: 'Malformed auth code.',
    answer: async (google) => await exchange(google, encodeURIComponent(await google.createCode())),
  },
  {
    name: 'a truncated code',
    status: 400,
    error: 'invalid_grant',
    description: 'Malformed auth code.',
    answer: async (google) => await exchange(google, (await google.createCode()).slice(0, -3)),
  },
  ...[
    { platform: 'android', redirect_uri: 'postmessage' },
    { platform: 'ios', redirect_uri: webRedirectUri },
    { platform: 'web-popup', redirect_uri: '' },
  ].map(({ platform, redirect_uri }) => ({
    name: `a code from ${platform} with redirect URI "${redirect_uri}"`,
    status: 400,
    error: 'redirect_uri_mismatch',
    description: 'Bad Request',
    answer: async (google: Emulator) =>
      await exchange(google, await google.createCode({ platform: platform as 'ios' }), { redirect_uri }),
  })),
  {
    name: 'a redirect URI that differs by a slash',
    status: 400,
    error: 'redirect_uri_mismatch',
    description: 'Bad Request',
    answer: async (google) =>
      await exchange(google, await desktopCode(google), {
        ...desktop(google),
        redirect_uri: 'http://127.0.0.1:9/callback/',
      }),
  },
  {
    name: 'no redirect URI',
    status: 400,
    error: 'invalid_request',
    description: 'Missing parameter: redirect_uri',
    answer: async (google) =>
      await postForm(token(google), {
        grant_type: 'authorization_code',
        code: await google.createCode(),
        ...credentials(google),
      }),
  },
  {
    name: 'a wrong client secret',
    status: 401,
    error: 'invalid_client',
    description: 'The provided client secret is invalid.',
    answer: async (google) => await exchange(google, await google.createCode(), { client_secret: 'GOCSPX-wrong' }),
  },
  {
    name: 'an unknown client',
    status: 401,
    error: 'invalid_client',
    description: 'The OAuth client was not found.',
    answer: async (google) => await exchange(google, 'x', { client_id: '1-no.apps.googleusercontent.com' }),
  },
  ...(['web', 'desktop'] as const).map((type) => ({
    name: `no secret of a ${type} client`,
    status: 400,
    error: 'invalid_request',
    description: 'client_secret is missing.',
    answer: async (google: Emulator) =>
      await postForm(token(google), {
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: '',
        code_verifier: verifier,
        client_id: credentials(google, type).client_id,
      }),
  })),
  {
    name: 'no client id',
    status: 400,
    error: 'invalid_request',
    description: 'Could not determine client ID from request.',
    answer: async (google) => await postForm(token(google), { grant_type: 'authorization_code', code: 'x' }),
  },
  {
    name: 'an empty Basic header',
    status: 400,
    error: 'invalid_request',
    description: 'Bad Request',
    answer: async (google) =>
      await postForm(token(google), { grant_type: 'authorization_code', code: 'x' }, { authorization: 'Basic ' }),
  },
  {
    name: 'two different clients, in the body and by Basic',
    status: 400,
    error: 'invalid_request',
    description: 'Credentials in post body and basic Authorization header do not match',
    answer: async (google) =>
      await postForm(
        token(google),
        { grant_type: 'refresh_token', refresh_token: 'x', ...credentials(google) },
        { authorization: `Basic ${Buffer.from('1-other:secret').toString('base64')}` },
      ),
  },
  {
    name: 'no verifier for a challenge',
    status: 400,
    error: 'invalid_grant',
    description: 'Missing code verifier.',
    answer: async (google) => await exchange(google, await desktopCode(google, s256), desktop(google)),
  },
  {
    name: 'a wrong verifier',
    status: 400,
    error: 'invalid_grant',
    description: 'Invalid code verifier.',
    answer: async (google) =>
      await exchange(google, await desktopCode(google, s256), {
        ...desktop(google),
        code_verifier: `${verifier.slice(0, -1)}~`,
      }),
  },
  {
    name: 'the challenge as verifier',
    status: 400,
    error: 'invalid_grant',
    description: 'Invalid code verifier.',
    answer: async (google) =>
      await exchange(google, await desktopCode(google, s256), { ...desktop(google), code_verifier: challenge }),
  },
  {
    name: 'a verifier without a challenge',
    status: 400,
    error: 'invalid_grant',
    description: 'code_verifier or verifier is not needed.',
    answer: async (google) => await exchange(google, await google.createCode(), { code_verifier: verifier }),
  },
  {
    name: 'a revoked refresh token',
    status: 400,
    error: 'invalid_grant',
    description: 'Token has been expired or revoked.',
    answer: async (google) => {
      const tokens = await signIn(google)
      await postForm(`${google.issuer}/revoke`, { token: tokens.refresh_token })
      return await refresh(google, tokens.refresh_token)
    },
  },
  ...['garbage', '1//0bogus'].map((refreshToken) => ({
    name: `the refresh token "${refreshToken}"`,
    status: 400,
    error: 'invalid_grant',
    description: 'Bad Request',
    answer: async (google: Emulator) => await refresh(google, refreshToken),
  })),
  {
    name: 'no refresh token',
    status: 400,
    error: 'invalid_request',
    description: 'Missing required parameter: refresh_token',
    answer: async (google) => await postForm(token(google), { grant_type: 'refresh_token', ...credentials(google) }),
  },
  {
    name: 'a refresh token of another client',
    status: 401,
    error: 'unauthorized_client',
    description: 'Unauthorized',
    answer: async (google) =>
      await refresh(google, (await signIn(google)).refresh_token, credentials(google, 'desktop')),
  },
  {
    name: 'a refresh for more than was granted',
    status: 400,
    error: 'invalid_scope',
    description: 'Bad Request',
    answer: async (google) => {
      const { refresh_token } = await signIn(google, { scopes: ['openid'] })
      return await refresh(google, refresh_token, { scope: `openid ${driveAppdata}` })
    },
  },
  {
    name: 'no grant type',
    status: 400,
    error: 'invalid_request',
    description: 'Required parameter is missing: grant_type',
    answer: async (google) => await postForm(token(google), credentials(google)),
  },
  {
    name: 'a body that is not a form',
    status: 400,
    error: 'invalid_request',
    description: 'Required parameter is missing: grant_type',
    answer: async (google) =>
      await send(token(google), { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'grant_type=x' }),
  },
  {
    name: 'an unknown grant type',
    status: 400,
    error: 'unsupported_grant_type',
    description: 'Invalid grant_type: password',
    answer: async (google) => await postForm(token(google), { grant_type: 'password', ...credentials(google) }),
  },
  {
    name: 'a parameter sent twice',
    status: 400,
    error: 'invalid_request',
    description: 'OAuth 2 parameters can only have a single value: code',
    answer: async (google) => await postForm(token(google), 'grant_type=authorization_code&code=a&code=b'),
  },
]

describe('the token endpoint sends errors in Google’s words', () => {
  test.for(refusals)(
    '$name: $status $error, $description',
    async ({ status, error, description, answer }, { google }) => {
      const refusal = await answer(google)
      expect(refusal.status).toBe(status)
      expect(refusal.body).toBe(JSON.stringify({ error, error_description: description }, null, 2))
      expect(refusal.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'accept-ranges': 'none',
      })
    },
  )

  test.for(['GET', 'HEAD', 'PUT'])('%s is Google’s HTML 404', async (method, { google }) => {
    const answer = await send(token(google), { method })
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('text/html; charset=UTF-8')
  })

  test('a failed attempt by its own client uses up a code, one by another client does not', async ({ google }) => {
    const burnt = await google.createCode()
    await exchange(google, burnt, { redirect_uri: 'postmessage' })
    expect((await exchange(google, burnt)).json.error_description).toBe('Bad Request')
    const kept = await google.createCode()
    await exchange(google, kept, { client_secret: 'wrong' })
    await exchange(google, kept, credentials(google, 'desktop'))
    expect((await exchange(google, kept)).status).toBe(200)
  })
})

describe('the refresh grant', () => {
  test('returns a new access token and ID token, and no refresh token', async ({ google }) => {
    const tokens = await signIn(google)
    const { status, json } = await refresh(google, tokens.refresh_token)
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(['access_token', 'expires_in', 'scope', 'token_type', 'id_token'])
    expect(json.access_token).not.toBe(tokens.access_token)
    expect(json.scope.split(' ').toSorted()).toEqual(tokens.scope.split(' ').toSorted())
  })

  test('the order of scopes differs from the first response, as it may at Google', async ({ google }) => {
    const tokens = await signIn(google)
    expect((await refresh(google, tokens.refresh_token)).json.scope).not.toBe(tokens.scope)
  })

  test('can request fewer scopes, also by short names', async ({ google }) => {
    const { json } = await refresh(google, (await signIn(google)).refresh_token, { scope: 'email' })
    expect(json.scope).toBe(emailScope)
    expect(json).not.toHaveProperty('id_token')
  })

  test('works for as long as the clock runs', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    google.advanceClock('100d')
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })

  test('the 101st refresh token of an account and client drops only the oldest of that pair', async ({ google }) => {
    const grace = await signIn(google, { account: 'grace@corp.example' })
    const oldest = await signIn(google)
    const second = await signIn(google)
    for (let live = 2; live < 100; live++) await signIn(google)
    expect((await refresh(google, oldest.refresh_token)).status).toBe(200)
    await signIn(google)
    const dropped = await refresh(google, oldest.refresh_token)
    expect(dropped.json).toEqual({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' })
    expect((await refresh(google, second.refresh_token)).status).toBe(200)
    expect((await refresh(google, grace.refresh_token)).status).toBe(200)
  })
})

/**
 * Refreshes over one connection without waiting for the responses; without openid and email there is nothing to sign.
 */
async function refreshOften(google: Emulator, refreshToken: string, times: number): Promise<void> {
  const { host, port } = new URL(google.issuer)
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, scope: driveAppdata }
  const body = new URLSearchParams({ ...fields, ...credentials(google) }).toString()
  const head = `POST /token HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n`
  const socket = connect(Number(port), '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.write(`${head}\r\n${body}`.repeat(times - 1))
  socket.write(`${head}connection: close\r\n\r\n${body}`)
  await once(socket, 'close')
  expect(Buffer.concat(received).toString('latin1').split('HTTP/1.1 200').length - 1).toBe(times)
}

test('the 5,001st access token of an account and client drops only an unused one of that pair', async ({ google }) => {
  const works = async ({ access_token }: { access_token: string }): Promise<boolean> =>
    (await send(`${google.issuer}/tokeninfo?access_token=${access_token}`)).status === 200
  const grace = await signIn(google, { account: 'grace@corp.example' })
  const used = await signIn(google)
  const unused = await signIn(google)
  await refreshOften(google, used.refresh_token, 5000 - 2)
  expect(await works(used)).toBe(true)
  await refresh(google, used.refresh_token)
  expect(await Promise.all([works(used), works(unused), works(grace)])).toEqual([true, false, true])
})

test('a web client gets its refresh token at the first consent, or with prompt=consent', async ({ google }) => {
  const tokenFor = async (parameters: Record<string, string>) => {
    const { url } = await answerConsent(authorizationUrl(google, { ...webRequest(google), ...parameters }))
    const code = new URL(url).searchParams.get('code') ?? ''
    return (await exchange(google, code, { redirect_uri: webRedirectUri })).json
  }
  expect(await tokenFor({ access_type: 'online' })).not.toHaveProperty('refresh_token')
  expect(await tokenFor({})).toHaveProperty('refresh_token')
  expect(await tokenFor({})).not.toHaveProperty('refresh_token')
  expect(await tokenFor({ prompt: 'consent' })).toHaveProperty('refresh_token')
})
