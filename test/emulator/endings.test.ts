import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { bearer, control, exchange, refresh, send, signIn } from './raw-http.ts'
import { test } from './with-google.ts'

const ada = { email: 'ada@example.com', sub: '110000000000000000001' }
const project = '100000000001'
const hashOf = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 16)}`

describe('the control API ends', () => {
  test('an access token only', async ({ google }) => {
    const { access_token, refresh_token } = await signIn(google)
    const { json } = await control(google, 'POST tokens/end', { token: access_token })
    expect(json).toEqual({ ended: 'access_token' })
    expect((await send(`${google.issuer}/v1/userinfo`, { headers: bearer(access_token) })).status).toBe(401)
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })

  test('a refresh token, also by its hash from the journal', async ({ google }) => {
    const { access_token, refresh_token } = await signIn(google)
    const { json } = await control(google, 'POST tokens/end', { token: hashOf(refresh_token) })
    expect(json).toEqual({ ended: 'refresh_token' })
    expect((await refresh(google, refresh_token)).json.error_description).toBe('Token has been expired or revoked.')
    expect((await send(`${google.issuer}/v1/userinfo`, { headers: bearer(access_token) })).status).toBe(200)
  })

  test('every armed fault', async ({ google }) => {
    google.arm({ on: 'token', fault: 'http-500', times: 9 })
    const { json } = await send(`${google.controlUrl}/faults`, { method: 'DELETE' })
    expect(json).toEqual({ armed: [] })
    expect((await exchange(google, await google.createCode())).status).toBe(200)
  })

  test('a grant, by account and by client or project', async ({ google }) => {
    const [client] = google.clients
    for (const named of [{ clientId: client?.clientId }, { project }]) {
      const { refresh_token } = await signIn(google)
      const { json } = await control(google, 'POST grants/revoke', { account: ada.email, ...named })
      expect(json).toEqual({ project, sub: ada.sub })
      expect((await refresh(google, refresh_token)).status).toBe(400)
    }
    // As after any revocation, the next consent is a first consent again.
    expect((await exchange(google, await google.createCode())).json).toHaveProperty('refresh_token')
  })

  test.for([
    ['tokens/end', {}, /no such token/],
    ['tokens/end', { token: 'ya29.unknown' }, /no such token/],
    ['grants/revoke', {}, /"account" must name an account/],
    ['grants/revoke', { account: ada.email }, /none was named/],
    ['grants/revoke', { account: ada.email, project: '7' }, /nothing to project 7/],
  ] as const)('nothing that does not exist: %s %o', async ([path, body, reason], { google }) => {
    const { status, json } = await control(google, `POST ${path}`, body)
    expect(status).toBe(400)
    expect(json.error).toMatch(reason)
  })
})
