import { request } from 'node:http'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  bearer,
  configure,
  decodeJwt,
  exchange,
  refresh,
  send,
  sendJson,
  signIn,
} from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

describe('a fault', () => {
  test('strikes once, or as often and as late as requested', async ({ google }) => {
    const ask = async (): Promise<number> => (await send(`${google.issuer}/oauth2/v3/certs`)).status
    google.arm({ on: 'certs', fault: 'http-503' })
    expect([await ask(), await ask()]).toEqual([503, 200])
    await configure(google, 'POST faults', { on: 'certs', fault: 'http-500', times: 2, after: 1 })
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 500, 500, 200])
  })

  test('does not affect other parts, and is listed while it is armed', async ({ google }) => {
    google.arm({ on: 'drive', fault: 'http-500', times: 3 })
    expect((await send(`${google.issuer}/.well-known/openid-configuration`)).status).toBe(200)
    const { json } = await send(`${google.controlUrl}/faults`)
    expect(json.armed).toEqual([{ on: 'drive', fault: 'http-500', times: 3, after: 0 }])
    expect(json.faults).toContainEqual({ fault: 'reset', on: expect.any(Array), does: 'resets the connection' })
  })

  test('prevents the request: the code is still valid afterwards', async ({ google }) => {
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
  ] as const)('%s of Drive is in JSON, in Drive’s error format', async ([fault, status, reason], { google }) => {
    const { access_token } = await signIn(google)
    google.arm({ on: 'drive', fault })
    const answer = await send(`${google.issuer}/drive/v3/files`, { headers: bearer(access_token) })
    expect(answer.status).toBe(status)
    expect(answer.json.error.errors[0].reason).toBe(reason)
  })

  test('reset resets the connection', async ({ google }) => {
    google.arm({ on: 'discovery', fault: 'reset' })
    const url = `${google.issuer}/.well-known/openid-configuration`
    await expect(send(url)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await send(url)).status).toBe(200)
  })

  test('hang never responds, and close ends it', async () => {
    const google = await startGoogle()
    google.arm({ on: 'authorize', fault: 'hang' })
    const outcome = send(`${google.issuer}/o/oauth2/v2/auth`).catch((error: unknown) => error)
    await expect.poll(() => google.requests(), { timeout: 60_000 }).toHaveLength(1)
    await google.close()
    expect(await outcome).toMatchObject({ code: 'ECONNRESET' })
    expect(google.requests()[0]?.status).toBe(0)
  })

  test('slow takes its time, and close ends it', async () => {
    const google = await startGoogle()
    const url = `${google.issuer}/oauth2/v3/certs`
    google.arm({ on: 'certs', fault: 'slow', seconds: 3600 })
    const outcome = send(url).catch((error: unknown) => error)
    await expect.poll(() => google.requests(), { timeout: 20_000 }).toHaveLength(1)
    for (let asked = 0; asked < 100; asked++) expect((await send(url)).status).toBe(200)
    await google.close()
    expect(await outcome).toMatchObject({ code: 'ECONNRESET' })
  })

  test('that answers leaves one of the way back for the next answer', async ({ google }) => {
    const url = `${google.issuer}/oauth2/v3/certs`
    google.arm({ on: 'certs', fault: 'http-503' })
    google.arm({ on: 'certs', fault: 'lost-answer' })
    expect((await send(url)).status).toBe(503)
    await expect(send(url)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await send(url)).status).toBe(200)
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

test('a JSON fault does not affect downloads', async ({ google }) => {
  const headers = { ...bearer((await signIn(google)).access_token), 'content-type': 'application/json' }
  const file = { name: 'x.json', parents: ['appDataFolder'] }
  const { id } = (await sendJson(`${google.driveUrl}/drive/v3/files`, file, { headers })).json
  const url = `${google.driveUrl}/upload/drive/v3/files/${id}?uploadType=media`
  expect((await send(url, { method: 'PATCH', headers, body: '{}' })).status).toBe(200)
  for (const fault of ['invalid-json', 'wrong-content-type', 'empty-body']) google.arm({ on: 'drive', fault })
  const { headers: answered, body } = await send(`${google.driveUrl}/drive/v3/files/${id}?alt=media`, { headers })
  expect([answered['content-type'], body]).toEqual(['application/json', '{}'])
})

test('a truncated download announces its full length and has half of it', async ({ google }) => {
  const headers = bearer((await signIn(google)).access_token)
  const file = { name: 'x', parents: ['appDataFolder'] }
  const { id } = (await sendJson(`${google.driveUrl}/drive/v3/files`, file, { headers })).json
  const content = Buffer.alloc(1_000_000, 'x')
  await send(`${google.driveUrl}/upload/drive/v3/files/${id}?uploadType=media`, {
    method: 'PATCH',
    headers,
    body: content,
  })
  const url = `${google.driveUrl}/drive/v3/files/${id}?alt=media`
  google.arm({ on: 'drive', fault: 'truncated' })
  let received = 0
  let declared = ''
  const outcome = await new Promise((resolve) => {
    request(url, { headers, agent: false }, (response) => {
      declared = response.headers['content-length'] ?? ''
      response.on('data', (chunk: Buffer) => (received += chunk.length))
      response.on('error', (error) => resolve(error))
      response.on('end', () => resolve('whole'))
    }).end()
  })
  expect(outcome).toMatchObject({ code: 'ECONNRESET' })
  expect({ declared, received }).toEqual({ declared: '1000000', received: 500_000 })
  google.arm({ on: 'drive', fault: 'slow', seconds: 0 })
  expect((await send(url, { headers })).bytes.equals(content)).toBe(true)
})

describe('a fault after which the request is still carried out', () => {
  test.for(['lost-answer', 'truncated'])(
    '%s: the code is used up, and the client has no tokens',
    async (fault, { google }) => {
      google.arm({ on: 'token', fault })
      const value = await google.createCode()
      await expect(exchange(google, value)).rejects.toMatchObject({ code: 'ECONNRESET' })
      const { status, json } = await exchange(google, value)
      expect({ status, json }).toEqual({
        status: 400,
        json: { error: 'invalid_grant', error_description: 'Bad Request' },
      })
      expect(google.requests()[0]?.status).toBe(fault === 'lost-answer' ? 0 : 200)
    },
  )

  test('clock-ahead: the ID token and the Date header are ahead, and the code has not expired', async ({ google }) => {
    google.arm({ on: 'token', fault: 'clock-ahead', seconds: 86_400 })
    const answer = await exchange(google, await google.createCode())
    const { iat, exp } = decodeJwt(answer.json.id_token).claims
    expect(Number(exp) - Number(iat)).toBe(3600)
    for (const seconds of [Number(iat), Date.parse(answer.headers['date'] ?? '') / 1000])
      expect(seconds - Date.now() / 1000).toBeCloseTo(86_400, -2)
    const userinfo = await send(`${google.issuer}/v1/userinfo`, { headers: bearer(answer.json.access_token) })
    expect(userinfo.status).toBe(200)
  })
})

/** The URL of a request to each part. */
const parts: Record<string, (google: Emulator) => string> = {
  authorize: (google) => authorizationUrl(google),
  certs: ({ issuer }) => `${issuer}/oauth2/v1/certs`,
  drive: ({ issuer }) => `${issuer}/drive/v3/about`,
  upload: ({ issuer }) => `${issuer}/upload/drive/v3/files?uploadType=media`,
  discovery: ({ issuer }) => `${issuer}/.well-known/openid-configuration`,
  userinfo: ({ issuer }) => `${issuer}/v1/userinfo`,
  tokeninfo: ({ issuer }) => `${issuer}/tokeninfo`,
  token: ({ issuer }) => `${issuer}/token`,
  revoke: ({ issuer }) => `${issuer}/revoke`,
  device: ({ issuer }) => `${issuer}/device/code`,
}

describe('every part', () => {
  test.for(Object.entries(parts))('can have network faults: %s', async ([on, url], { google }) => {
    const ask = async (): Promise<number | string> => {
      const method = ['token', 'revoke', 'device', 'upload'].includes(on) ? 'POST' : 'GET'
      try {
        return (await send(url(google), { method })).status
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error)
      }
    }
    const healthy = await ask()
    for (const [fault, expected] of [
      ['http-429', 429],
      ['http-500', 500],
      ['http-502', 502],
      ['http-503', 503],
      ['http-504', 504],
      ['retry-after', 503],
      ['html-error', 200],
      ['html-502', 502],
      ['reset', 'ECONNRESET'],
      ['lost-answer', 'ECONNRESET'],
      ['truncated', 'ECONNRESET'],
    ] as const) {
      google.arm({ on, fault })
      expect([fault, await ask(), await ask()]).toEqual([fault, expected, healthy])
    }
  })
})
