import { describe, expect } from 'vitest'
import { answerDevice, type Emulator } from '../../src/emulator/index.ts'
import {
  bearer,
  configure,
  credentials,
  decodeJwt,
  driveAppdata,
  emailScope,
  postForm,
  type RawAnswer,
  refresh,
  send,
  signIn,
} from './raw-http.ts'
import { test } from './with-google.ts'

const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** Sends a device authorization request of the limited-input client; `fields` override or add. */
async function ask(google: Emulator, fields: Record<string, string> = {}): Promise<RawAnswer> {
  const form = { client_id: credentials(google, 'tv').client_id, scope: `openid email ${driveAppdata}`, ...fields }
  return await postForm(`${google.issuer}/device/code`, form)
}

async function codesOf(google: Emulator): Promise<{ device_code: string; user_code: string }> {
  const answer = await ask(google)
  if (answer.status !== 200) throw new Error(answer.body)
  return answer.json
}

async function poll(google: Emulator, deviceCode: string, fields: Record<string, string> = {}): Promise<RawAnswer> {
  const form = { grant_type: deviceGrantType, device_code: deviceCode, ...credentials(google, 'tv'), ...fields }
  return await postForm(`${google.issuer}/token`, form)
}

async function enter(google: Emulator, fields: Record<string, string>): Promise<RawAnswer> {
  return await postForm(`${google.issuer}/device`, fields)
}

const pending = { error: 'authorization_pending', error_description: 'Precondition Required' }
const slowDown = { error: 'slow_down', error_description: 'Forbidden' }
const denied = { error: 'access_denied', error_description: 'Forbidden' }
const expired = { error: 'expired_token', error_description: 'Bad Request' }
const invalidGrant = { error: 'invalid_grant', error_description: 'Bad Request' }

describe('a device authorization request', () => {
  test('gets Google’s names and numbers: verification_url, half an hour, five seconds', async ({ google }) => {
    const answer = await ask(google)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.headers['cache-control']).toContain('no-store')
    expect(answer.json).toEqual({
      device_code: expect.stringMatching(/^AH-1Ng[\w-]{80,}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_url: `${google.issuer}/device`,
      expires_in: 1800,
      interval: 5,
    })
    const other = await codesOf(google)
    expect(other.device_code).not.toBe(answer.json.device_code)
    expect(other.user_code).not.toBe(answer.json.user_code)
  })

  test.for<[name: string, fields: Record<string, string>, status: number, json: unknown]>([
    [
      'an unknown client',
      { client_id: '1-no.apps.googleusercontent.com' },
      401,
      { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
    ],
    [
      'a web client',
      { client_id: '100000000001-web.apps.googleusercontent.com' },
      401,
      { error: 'invalid_client', error_description: 'Invalid client type.' },
    ],
    [
      'a desktop client',
      { client_id: '100000000001-desktop.apps.googleusercontent.com' },
      401,
      { error: 'invalid_client', error_description: 'Invalid client type.' },
    ],
    [
      'no client',
      { client_id: '' },
      400,
      { error: 'invalid_request', error_description: 'Could not determine client ID from request.' },
    ],
    [
      'no scope',
      { scope: ' ' },
      400,
      { error: 'invalid_request', error_description: 'Missing required parameter: scope' },
    ],
    [
      'a scope that only browsers can request',
      { scope: 'openid https://www.googleapis.com/auth/drive' },
      400,
      {
        error: 'invalid_scope',
        error_description: 'Invalid device flow scope: https://www.googleapis.com/auth/drive',
      },
    ],
    [
      'a scope of another provider',
      { scope: 'offline_access' },
      400,
      { error: 'invalid_scope', error_description: 'Invalid device flow scope: offline_access' },
    ],
  ])('with %s is rejected', async ([, fields, status, json], { google }) => {
    const answer = await ask(google, fields)
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual(json)
  })

  test.for([
    'email',
    'openid',
    'profile',
    driveAppdata,
    'https://www.googleapis.com/auth/drive.file',
    'https://www.googleapis.com/auth/youtube',
    'https://www.googleapis.com/auth/youtube.readonly',
  ])('can request %s', async (scope, { google }) => {
    expect((await ask(google, { scope })).status).toBe(200)
  })

  test('sends each parameter once', async ({ google }) => {
    const { client_id } = credentials(google, 'tv')
    const answer = await postForm(`${google.issuer}/device/code?client_id=x`, { client_id, scope: 'openid' })
    expect(answer.status).toBe(400)
    expect(answer.json.error_description).toBe('OAuth 2 parameters can only have a single value: client_id')
  })

  test('is over quota while a hundred codes are waiting, until one is answered or expires', async ({ google }) => {
    const codes = await Promise.all(Array.from({ length: 100 }, async () => await codesOf(google)))
    const refused = await ask(google)
    expect(refused.status).toBe(403)
    expect(refused.json).toEqual({ error_code: 'rate_limit_exceeded' })
    await answerDevice(google.issuer, codes[0]?.user_code ?? '', { decision: 'deny' })
    expect((await ask(google)).status).toBe(200)
    expect((await ask(google)).status).toBe(403)
    google.advanceClock('30m')
    expect((await ask(google)).status).toBe(200)
  })

  test('can be over quota by a fault, and then works again', async ({ google }) => {
    google.arm({ on: 'device', fault: 'device-quota' })
    const refused = await ask(google)
    expect(refused.status).toBe(403)
    expect(refused.json).toEqual({ error_code: 'rate_limit_exceeded' })
    expect((await ask(google)).status).toBe(200)
  })

  test('accepts only POST', async ({ google }) => {
    expect((await send(`${google.issuer}/device/code`)).status).toBe(404)
  })
})

describe('polling', () => {
  test('is pending until the user approves, then gets tokens once', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    const first = await poll(google, device_code)
    expect(first.status).toBe(428)
    expect(first.json).toEqual(pending)
    await answerDevice(google.issuer, user_code)
    google.advanceClock('5s')
    const tokens = await poll(google, device_code)
    expect(tokens.status).toBe(200)
    expect(tokens.json).toEqual({
      access_token: expect.stringMatching(/^ya29\./),
      expires_in: 3599,
      refresh_token: expect.stringMatching(/^1\/\/0/),
      scope: `openid ${emailScope} ${driveAppdata}`,
      token_type: 'Bearer',
      id_token: expect.any(String),
    })
    expect(decodeJwt(tokens.json.id_token).claims).toMatchObject({
      aud: credentials(google, 'tv').client_id,
      email: 'ada@example.com',
    })
    google.advanceClock('5s')
    const second = await poll(google, device_code)
    expect(second.status).toBe(400)
    expect(second.json).toEqual(invalidGrant)
  })

  test('yields tokens that work: for Drive, for tokeninfo, and for a refresh', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code)
    const { access_token, refresh_token } = (await poll(google, device_code)).json
    const drive = await send(`${google.issuer}/drive/v3/files?spaces=appDataFolder`, { headers: bearer(access_token) })
    expect(drive.status).toBe(200)
    const info = await send(`${google.issuer}/tokeninfo?access_token=${access_token}`)
    expect(info.json).toMatchObject({ azp: credentials(google, 'tv').client_id, access_type: 'offline' })
    expect((await refresh(google, refresh_token, credentials(google, 'tv'))).status).toBe(200)
  })

  test('gets a refresh token every time, and an ID token only with openid', async ({ google }) => {
    for (let round = 0; round < 2; round++) {
      const { device_code, user_code } = (await ask(google, { scope: driveAppdata })).json
      await answerDevice(google.issuer, user_code)
      const { json } = await poll(google, device_code)
      expect(json.refresh_token).toMatch(/^1\/\/0/)
      expect(json).not.toHaveProperty('id_token')
    }
  })

  test('works with the grant type and the parameter name from before the RFC', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code)
    const form = { grant_type: 'http://oauth.net/grant_type/device/1.0', code: device_code }
    const tokens = await postForm(`${google.issuer}/token`, { ...form, ...credentials(google, 'tv') })
    expect(tokens.status).toBe(200)
    expect(tokens.json.refresh_token).toMatch(/^1\/\/0/)
  })

  test('too early gets slow_down, with five seconds more each time', async ({ google }) => {
    const { device_code } = await codesOf(google)
    const after = async (wait: string): Promise<unknown> => {
      google.advanceClock(wait)
      return (await poll(google, device_code)).json
    }
    expect((await poll(google, device_code)).json).toEqual(pending)
    const early = await poll(google, device_code)
    expect(early.status).toBe(403)
    expect(early.json).toEqual(slowDown)
    expect(await after('5s')).toEqual(slowDown)
    expect(await after('15s')).toEqual(pending)
    expect(await after('10s')).toEqual(slowDown)
    expect(await after('20s')).toEqual(pending)
  })

  test('follows the interval and lifetime that a fault announces', async ({ google }) => {
    google.arm({ on: 'device', fault: 'other-interval', seconds: 30 })
    google.arm({ on: 'device', fault: 'other-lifetime', seconds: 60 })
    const { device_code } = await codesOf(google)
    const after = async (wait: string): Promise<unknown> => {
      google.advanceClock(wait)
      return (await poll(google, device_code)).json
    }
    expect(await after('1s')).toEqual(pending)
    expect(await after('10s')).toEqual(slowDown)
    expect(await after('35s')).toEqual(pending)
    expect(await after('15s')).toEqual(expired)
  })

  test('too early still gets the result once the user has answered', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    await poll(google, device_code)
    await answerDevice(google.issuer, user_code)
    expect(await poll(google, device_code)).toMatchObject({
      status: 200,
      json: { access_token: expect.stringMatching(/^ya29\./) as string },
    })
  })

  test('gets access_denied when the user denies or ticks nothing', async ({ google }) => {
    for (const answer of [{ decision: 'deny' as const }, { scopes: [] }]) {
      const { device_code, user_code } = await codesOf(google)
      await answerDevice(google.issuer, user_code, answer)
      for (let round = 0; round < 2; round++) {
        const told = await poll(google, device_code)
        expect(told.status).toBe(403)
        expect(told.json).toEqual(denied)
      }
    }
  })

  test('gets the ticked scopes, for the picked account', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code, { account: 'grace@corp.example', scopes: ['email'] })
    const { json } = await poll(google, device_code)
    expect(json.scope.split(' ').toSorted()).toEqual([emailScope, 'openid'])
    expect(decodeJwt(json.id_token).claims).toMatchObject({ email: 'grace@corp.example', hd: 'corp.example' })
  })

  test('after half an hour gets expired_token, whatever the user answered, and also long after that', async ({
    google,
  }) => {
    const [waiting, allowed] = [await codesOf(google), await codesOf(google)]
    await answerDevice(google.issuer, allowed.user_code)
    google.advanceClock('29m')
    expect((await poll(google, waiting.device_code)).json).toEqual(pending)
    for (const wait of ['1m', '31m']) {
      google.advanceClock(wait)
      await codesOf(google)
      for (const { device_code } of [waiting, allowed]) {
        const late = await poll(google, device_code)
        expect(late.status).toBe(400)
        expect(late.json).toEqual(expired)
      }
    }
  })

  test('after a revocation gets nothing from an earlier consent', async ({ google }) => {
    const [first, second] = [await codesOf(google), await codesOf(google)]
    await answerDevice(google.issuer, first.user_code)
    await answerDevice(google.issuer, second.user_code)
    const { refresh_token } = (await poll(google, first.device_code)).json
    await postForm(`${google.issuer}/revoke`, { token: refresh_token })
    expect((await poll(google, second.device_code)).json).toEqual(invalidGrant)
  })

  test.for<[name: string, fields: (google: Emulator) => Record<string, string>, status: number, json: unknown]>([
    ['an unknown code', () => ({ device_code: 'AH-1Ngbogus' }), 400, invalidGrant],
    [
      'no device code',
      () => ({ device_code: '' }),
      400,
      { error: 'invalid_request', error_description: 'Missing required parameter: device_code' },
    ],
    [
      'no secret',
      () => ({ client_secret: '' }),
      400,
      { error: 'invalid_request', error_description: 'client_secret is missing.' },
    ],
    [
      'a wrong secret',
      () => ({ client_secret: 'GOCSPX-wrong' }),
      401,
      { error: 'invalid_client', error_description: 'The provided client secret is invalid.' },
    ],
    [
      'the credentials of a web client',
      (google) => credentials(google),
      401,
      { error: 'invalid_client', error_description: 'Invalid client type.' },
    ],
  ])('with %s is rejected, and the code survives', async ([, fields, status, json], { google }) => {
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code)
    const refused = await poll(google, device_code, fields(google))
    expect(refused.status).toBe(status)
    expect(refused.json).toEqual(json)
    expect((await poll(google, device_code)).status).toBe(200)
  })

  test('by another limited-input client is rejected, and the code survives', async ({ google }) => {
    const other = { type: 'tv', clientId: '7-tv.apps.googleusercontent.com', clientSecret: 's' }
    await configure(google, 'POST clients', other)
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code)
    const stranger = await poll(google, device_code, { client_id: other.clientId, client_secret: 's' })
    expect(stranger.json).toEqual(invalidGrant)
    expect((await poll(google, device_code)).status).toBe(200)
  })

  test('with automatic consent succeeds immediately, as the first account', async ({ autoGoogle: google }) => {
    const { device_code } = await codesOf(google)
    const { status, json } = await poll(google, device_code)
    expect(status).toBe(200)
    expect(decodeJwt(json.id_token).claims).toMatchObject({ email: 'ada@example.com' })
  })

  test('finds no code after a reset', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    google.reset()
    expect((await poll(google, device_code)).status).toBe(400)
    expect((await enter(google, { user_code })).body).toContain('There is no such code')
  })
})

describe('the device page', () => {
  test('asks for the code, prefilled from the address, and does not submit itself', async ({ google }) => {
    const { user_code } = await codesOf(google)
    const empty = await send(`${google.issuer}/device`)
    expect(empty.status).toBe(200)
    expect(empty.body).toMatch(/<input[^>]* name="user_code"[^>]* value=""/)
    const typed = await send(`${google.issuer}/device?user_code=${user_code}`)
    expect(typed.body).toMatch(new RegExp(`<input[^>]* name="user_code"[^>]* value="${user_code}"`))
    expect(typed.body).not.toContain('name="decision"')
  })

  test.for<[how: string, typed: (userCode: string) => string]>([
    ['as shown', (code) => code],
    ['in lower case', (code) => code.toLowerCase()],
    ['without the dash', (code) => code.replace('-', '')],
    ['with spaces', (code) => ` ${code.replace('-', ' - ')} `],
    ['with the dash of a phone', (code) => code.replace('-', '–')],
  ])('accepts the code %s, and shows it again beside the choices', async ([, typed], { google }) => {
    const { user_code } = await codesOf(google)
    const { body } = await enter(google, { user_code: typed(user_code) })
    expect(body).toContain(`<strong>${user_code}</strong>`)
    expect(body).toContain('Built-in limited-input client wants to use your Google account')
    expect(body.match(/type="radio" name="account" value="[^"]+"/g)).toHaveLength(2)
    expect(body.match(/type="checkbox" name="scope" value="[^"]+"/g)).toHaveLength(3)
    expect(body).toContain('type="submit" name="decision" value="allow"')
    expect(body).toContain('type="submit" name="decision" value="deny"')
  })

  test('shows the problem with a code: no such code, expired, used', async ({ google }) => {
    const [first, second] = [await codesOf(google), await codesOf(google)]
    const complaint = async (user_code: string): Promise<string | undefined> =>
      /role="alert">([^<]*)</.exec((await enter(google, { user_code })).body)?.[1]
    expect(await complaint('')).toMatch(/^There is no such code/)
    expect(await complaint('ABCD-EFGH')).toMatch(/^There is no such code/)
    await answerDevice(google.issuer, first.user_code)
    expect(await complaint(first.user_code)).toMatch(/^This code has already been used/)
    google.advanceClock('30m')
    expect(await complaint(second.user_code)).toMatch(/^This code has expired/)
    await expect(answerDevice(google.issuer, second.user_code)).rejects.toThrow('rejected the code')
  })

  test('sends users back to their device at the end, with or without access', async ({ google }) => {
    const [first, second] = [await codesOf(google), await codesOf(google)]
    const allowed = await answerDevice(google.issuer, first.user_code)
    expect(allowed.body).toContain('You can go back to your device')
    expect(allowed.body).toContain('ada@example.com')
    const refused = await answerDevice(google.issuer, second.user_code, { decision: 'deny' })
    expect(refused.body).toContain('You can go back to your device')
    expect(refused.body).toContain('gets no access')
  })

  test('accepts forms only from itself', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    const form = { user_code, account: 'ada@example.com', scope: driveAppdata, decision: 'allow' }
    const foreign = await postForm(`${google.issuer}/device`, form, { origin: 'https://evil.example' })
    expect(foreign.status).toBe(403)
    expect((await poll(google, device_code)).json).toEqual(pending)
    const own = await postForm(`${google.issuer}/device`, form, { origin: google.issuer })
    expect(own.body).toContain('You can go back to your device')
  })

  test('grants only requested scopes', async ({ google }) => {
    const { user_code, device_code } = (await ask(google, { scope: 'openid' })).json
    await enter(google, { user_code, account: 'ada@example.com', scope: driveAppdata, decision: 'allow' })
    expect((await poll(google, device_code)).json).toEqual(denied)
  })

  test('escapes external values, and is as restricted as the consent page', async ({ google }) => {
    const hostile = '"><script>alert(1)</script>'
    const typed = await send(`${google.issuer}/device?user_code=${encodeURIComponent(hostile)}`)
    const entered = await enter(google, { user_code: hostile })
    for (const { body, headers } of [typed, entered]) {
      expect(body).not.toContain('<script')
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*form-action 'self'; /)
    }
  })

  test('grants to the client’s project: revoking the grant of another client in it ends both', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code)
    const { refresh_token } = (await poll(google, device_code)).json
    await postForm(`${google.issuer}/revoke`, { token: (await signIn(google)).access_token })
    const after = await refresh(google, refresh_token, credentials(google, 'tv'))
    expect(after.json.error_description).toBe('Token has been expired or revoked.')
  })
})

describe('an account that the app does not let in', () => {
  test.for([
    {
      why: 'is outside the organization',
      request: 'POST projects',
      body: { organization: 'corp.example' },
      account: 'ada@example.com',
      status: 403,
      error: 'org_internal',
    },
    {
      why: 'has an administrator who blocks the app',
      request: 'PATCH accounts',
      body: { account: 'grace@corp.example', blockedByAdmin: true },
      account: 'grace@corp.example',
      status: 400,
      error: 'admin_policy_enforced',
    },
  ])('because it $why gets the error page, and the device gets the error', async (row, { google }) => {
    await configure(google, row.request, row.body)
    const { device_code, user_code } = await codesOf(google)
    const page = await answerDevice(google.issuer, user_code, { account: row.account })
    expect(page.body).toContain(`Error ${row.status}: ${row.error}`)
    const told = await poll(google, device_code)
    expect({ status: told.status, error: told.json.error }).toEqual({ status: row.status, error: row.error })
  })

  test('because it is not a test user can be replaced by another one: the device keeps waiting', async ({ google }) => {
    await configure(google, 'POST projects', { publishingStatus: 'testing', testUsers: ['grace@corp.example'] })
    const { device_code, user_code } = await codesOf(google)
    const page = await answerDevice(google.issuer, user_code)
    expect(page.body).toContain('Error 403: access_denied')
    expect((await poll(google, device_code)).json).toEqual(pending)
    await answerDevice(google.issuer, user_code, { account: 'grace@corp.example' })
    expect((await poll(google, device_code)).json).toHaveProperty('refresh_token_expires_in', 604_799)
  })

  test('is an error for the device with automatic consent', async ({ autoGoogle: google }) => {
    await configure(google, 'POST projects', { organization: 'corp.example' })
    const { device_code } = await codesOf(google)
    expect((await poll(google, device_code)).json.error).toBe('org_internal')
  })

  test('gets no tokens for an approval if an administrator blocks the app afterwards', async ({ google }) => {
    const { device_code, user_code } = await codesOf(google)
    await answerDevice(google.issuer, user_code, { account: 'grace@corp.example' })
    await configure(google, 'PATCH accounts', { account: 'grace@corp.example', blockedByAdmin: true })
    expect((await poll(google, device_code)).json.error).toBe('admin_policy_enforced')
  })
})

test('access limited to 180 days announces its expiry', async ({ google }) => {
  const { device_code, user_code } = await codesOf(google)
  await answerDevice(google.issuer, user_code, { limitedAccess: true })
  expect((await poll(google, device_code)).json.refresh_token_expires_in).toBe(15_551_999)
})

test('a deleted client gets no device code', async ({ google }) => {
  const { client_id } = credentials(google, 'tv')
  await configure(google, 'PATCH clients', { clientId: client_id, status: 'deleted' })
  const refused = await ask(google)
  expect(refused.status).toBe(401)
  expect(refused.json).toEqual({ error: 'deleted_client', error_description: 'The OAuth client was deleted.' })
})

test('the journal shows no device code', async ({ google }) => {
  const { device_code } = await codesOf(google)
  await poll(google, device_code)
  expect(JSON.stringify(google.requests())).not.toContain(device_code)
})
