import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure, credentials, postForm } from '../emulator/raw-http.ts'
import { test as base } from '../official-clients/client-program.ts'
import { createProofKey, jtiOf, proof } from '../support/dpop-proof.ts'
import { needs } from '../support/system-parts.ts'
import { type Backend, backends, type RunningBackend, startBackend } from './backend.ts'
import { type RecordedTokenRequest, startTokenRecorder, type TokenRecorder } from './token-recorder.ts'

type BoundBackend = RunningBackend & TokenRecorder

/** Starts a backend with `--dpop`; the emulator's client has these settings. */
type Start = (backend: Backend, settings: object) => Promise<BoundBackend>

const test = base.extend<{ start: Start }>({
  start: async ({ google, folder, skip }, use) =>
    await use(async (backend, settings) => {
      if (backend.part !== undefined) needs({ skip }, backend.part)
      await configure(google, 'PATCH clients', { clientId: credentials(google).client_id, ...settings })
      const recorder = await startTokenRecorder(google)
      const { tokenUri } = recorder
      return { ...(await startBackend(backend, { google, folder, dpop: true, tokenUri })), ...recorder }
    }),
})

type CodeRequest = Parameters<Emulator['createCode']>[0]

/** Sends a code to a backend; returns the code and the response. */
async function signIn(
  { address }: BoundBackend,
  google: Emulator,
  request: CodeRequest = {},
): Promise<{ code: string; status: number; text: string }> {
  const code = await google.createCode({ platform: 'android', ...request })
  const field = request.platform === 'web-popup' ? 'code' : 'authCode'
  const headers = { 'X-Requested-With': 'XMLHttpRequest' }
  const response = await fetch(`${address}/authcode`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ [field]: code }),
  })
  return { code, status: response.status, text: await response.text() }
}

const connected = { email: 'ada@example.com', worksOffline: true, missingScopes: [], files: [] }

/** Text that no log may contain: the beginning of a token, of a JWT, of a client secret, or of a private key. */
const secret = /ya29\.|1\/\/0|eyJ|GOCSPX|PRIVATE KEY/

const keyOf = ({ header }: RecordedTokenRequest): string => JSON.stringify(header['jwk'])

describe('with --dpop, the backend for', () => {
  test.for(backends)(
    '$platform binds each refresh token to a key of its own, without which it is worthless',
    async (backend, { google, start }) => {
      const running = await start(backend, { dpop: 'required' })
      const first = await signIn(running, google)
      expect(first.status, first.text).toBe(200)
      expect(JSON.parse(first.text)).toEqual(connected)
      // This code brings no refresh token, so the stored one must keep its key.
      const second = await signIn(running, google, { platform: 'web-popup' })
      expect(JSON.parse(second.text)).toEqual(connected)
      const third = await signIn(running, google, { forceRefreshToken: true })
      expect(JSON.parse(third.text)).toEqual(connected)

      const requests = running.taken()
      const grants = requests.map(({ form, status }) => [form['grant_type'], status])
      expect(grants).toEqual(
        [1, 2, 3].flatMap(() => [
          ['authorization_code', 200],
          ['refresh_token', 200],
        ]),
      )
      const [exchange1, refresh1, exchange2, refresh2, exchange3, refresh3] = requests.map(keyOf)
      expect([refresh1, refresh2, refresh3]).toEqual([exchange1, exchange1, exchange3])
      expect(new Set([exchange1, exchange2, exchange3]).size).toBe(3)
      for (const { header, claims } of requests) {
        const jwk = { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) }
        expect(header).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        const common = { htm: 'POST', htu: running.tokenUri, iat: expect.any(Number), jti: expect.any(String) }
        expect(claims).toEqual(common)
      }
      const jtis = requests.map(({ claims }) => claims['jti'])
      expect([jtis[0], jtis[2], jtis[4]]).toEqual([first, second, third].map(({ code }) => jtiOf(code)))
      expect(new Set(jtis).size).toBe(6)

      const refresh_token = requests[0]?.refreshToken ?? 'none'
      const stolen = { ...credentials(google), grant_type: 'refresh_token', refresh_token }
      const htu = `${google.driveUrl}/token`
      expect(await postForm(htu, stolen)).toMatchObject({ status: 400, json: { error: 'invalid_dpop_proof' } })
      const otherKey = { dpop: proof({ key: createProofKey(), htu }) }
      expect(await postForm(htu, stolen, otherKey)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
      expect(first.text + second.text + third.text + (await running.stop())).not.toMatch(secret)
    },
  )

  test.for(backends)('$platform sends the nonces that Google wants', async (backend, { google, start }) => {
    const running = await start(backend, { dpop: 'required', dpopNonce: true })
    expect(await signIn(running, google)).toMatchObject({ status: 200, text: expect.stringContaining('true') })
    expect(await signIn(running, google)).toMatchObject({ status: 200, text: expect.stringContaining('true') })
    const requests = running.taken()
    const sent = requests.map(({ form, status, claims }) => [form['grant_type'], status, claims['nonce']])
    const [exchange, nextExchange, refresh, nextRefresh] = requests.map(({ nonce }) => nonce)
    expect(sent).toEqual([
      ['authorization_code', 400, undefined],
      ['authorization_code', 200, exchange],
      ['refresh_token', 400, undefined],
      ['refresh_token', 200, refresh],
      ['authorization_code', 200, nextExchange],
      ['refresh_token', 200, nextRefresh],
    ])
    const [first, retry] = requests
    expect(retry?.form).toEqual(first?.form)
    expect(await running.stop()).not.toMatch(secret)
  })

  test.for(backends)('$platform retries once, and only with a nonce', async (backend, { google, start }) => {
    const running = await start(backend, {})
    const statuses = (): readonly number[] => running.taken().map(({ status }) => status)
    expect(await signIn(running, google)).toMatchObject({ status: 200 })
    google.arm({ on: 'token', fault: 'dpop-nonce-again' })
    expect(await signIn(running, google)).toMatchObject({ status: 400, text: expect.stringContaining('code_refused') })
    expect(statuses()).toEqual([200, 200, 400, 400])
    google.arm({ on: 'token', fault: 'dpop-nonce-missing' })
    expect(await signIn(running, google)).toMatchObject({ status: 400, text: expect.stringContaining('code_refused') })
    expect(statuses()).toEqual([400])
    google.arm({ on: 'token', fault: 'dpop-nonce-again', after: 1 })
    const refused = await signIn(running, google)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.text).toContain('refresh_refused')
    expect(statuses()).toEqual([200, 400, 400])
    google.arm({ on: 'token', fault: 'http-503' })
    expect((await signIn(running, google)).status).toBeGreaterThanOrEqual(500)
    expect(statuses()).toEqual([503])
    expect(await running.stop()).not.toMatch(secret)
  })
})
