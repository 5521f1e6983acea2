import { describe, expect } from 'vitest'
import { bearer, exchange, refresh, send, sendJson, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

describe('a fault', () => {
  test('strikes once, or as often as asked, after as many requests as asked', async ({ google }) => {
    const ask = async (): Promise<number> => (await send(`${google.issuer}/oauth2/v3/certs`)).status
    google.arm({ on: 'certs', fault: 'http-503' })
    expect([await ask(), await ask()]).toEqual([503, 200])
    await sendJson(`${google.controlUrl}/faults`, { on: 'certs', fault: 'http-500', times: 2, after: 1 })
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
    const google = await startGoogle()
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
