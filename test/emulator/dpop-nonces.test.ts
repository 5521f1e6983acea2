import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { createProofKey, jtiOf, proof } from '../support/dpop-proof.ts'
import { configure, credentials, postForm, type RawAnswer } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const key = createProofKey()

async function exchange(google: Emulator, code: string, nonce?: string): Promise<RawAnswer> {
  const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
  const htu = `${google.issuer}/token`
  const dpop = proof({ key, htu, jti: jtiOf(code), ...(nonce !== undefined && { nonce }), iat: nowOf(google) })
  return await postForm(htu, form, { dpop })
}

async function refresh(google: Emulator, refresh_token: string, nonce?: string): Promise<RawAnswer> {
  const form = { ...credentials(google), grant_type: 'refresh_token', refresh_token }
  const htu = `${google.issuer}/token`
  return await postForm(htu, form, {
    dpop: proof({ key, htu, ...(nonce !== undefined && { nonce }), iat: nowOf(google) }),
  })
}

const advanced = new WeakMap<Emulator, number>()
const nowOf = (google: Emulator): number => Math.floor(Date.now() / 1000) + (advanced.get(google) ?? 0)

function advance(google: Emulator, seconds: number): void {
  google.advanceClock(`${seconds}s`)
  advanced.set(google, (advanced.get(google) ?? 0) + seconds)
}

const newCode = async (google: Emulator): Promise<string> => await google.createCode({ forceRefreshToken: true })
const nonceOf = ({ headers }: RawAnswer): string => String(headers['dpop-nonce'])
const challenge = (says = 'Authorization server requires nonce in DPoP proof'): object => ({
  status: 400,
  json: { error: 'use_dpop_nonce', error_description: says },
  headers: { 'dpop-nonce': expect.stringMatching(/^[\w-]{20,100}$/) },
})
const demandNonces = async (google: Emulator): Promise<void> =>
  await configure(google, 'PATCH clients', { clientId: credentials(google).client_id, dpopNonce: true })

describe('a client whose proofs need a nonce', () => {
  test('gets one before its code is used, and tokens at the retry', async ({ google }) => {
    await demandNonces(google)
    const code = await newCode(google)
    const first = await exchange(google, code)
    expect(first).toMatchObject(challenge())
    expect(await exchange(google, code, nonceOf(first))).toMatchObject({ status: 200, json: { token_type: 'Bearer' } })
  })

  test('gets the next nonce with each success, and may use one several times', async ({ google }) => {
    await demandNonces(google)
    const code = await newCode(google)
    const { json } = await exchange(google, code, nonceOf(await exchange(google, code)))
    const nonce = nonceOf(await refresh(google, json.refresh_token))
    expect((await refresh(google, json.refresh_token, nonce)).status).toBe(200)
    const again = await refresh(google, json.refresh_token, nonce)
    expect(again.status).toBe(200)
    expect((await refresh(google, json.refresh_token, nonceOf(again))).status).toBe(200)
  })

  test('cannot use a nonce of the exchange at the refresh, or the other way round', async ({ google }) => {
    await demandNonces(google)
    const code = await newCode(google)
    const ofExchange = nonceOf(await exchange(google, code))
    const { refresh_token } = (await exchange(google, code, ofExchange)).json
    const refused = await refresh(google, refresh_token, ofExchange)
    expect(refused).toMatchObject(
      challenge('The nonce of the DPoP proof was not issued for a refresh; use the new one'),
    )
    const ofRefresh = nonceOf(refused)
    expect((await refresh(google, refresh_token, ofRefresh)).status).toBe(200)
    const other = await newCode(google)
    const back = await exchange(google, other, ofRefresh)
    expect(back).toMatchObject(challenge('The nonce of the DPoP proof was not issued for an exchange; use the new one'))
    expect((await exchange(google, other, nonceOf(back))).status).toBe(200)
  })

  test('can use a nonce for five minutes', async ({ google }) => {
    await demandNonces(google)
    const code = await newCode(google)
    const { refresh_token } = (await exchange(google, code, nonceOf(await exchange(google, code)))).json
    const nonce = nonceOf(await refresh(google, refresh_token))
    advance(google, 290)
    expect((await refresh(google, refresh_token, nonce)).status).toBe(200)
    advance(google, 11)
    const late = await refresh(google, refresh_token, nonce)
    expect(late).toMatchObject(challenge('The nonce of the DPoP proof has expired; use the new one'))
    expect((await refresh(google, refresh_token, nonceOf(late))).status).toBe(200)
  })

  test.for([
    ['invented', () => 'invented'],
    ['empty', () => ''],
    ['changed', (nonce: string) => nonce.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))],
    ['of another emulator', async () => nonceOf(await challengeElsewhere())],
  ] as const)('cannot use a nonce that is %s', async ([, change], { google }) => {
    await demandNonces(google)
    const code = await newCode(google)
    const nonce = nonceOf(await exchange(google, code))
    const refused = await exchange(google, code, await change(nonce))
    expect(refused).toMatchObject(
      challenge('The nonce of the DPoP proof was not issued for an exchange; use the new one'),
    )
    expect((await exchange(google, code, nonce)).status).toBe(200)
  })

  test('a page cannot read the nonce', async ({ google }) => {
    await demandNonces(google)
    const code = await newCode(google)
    const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
    const dpop = proof({ key, htu: `${google.issuer}/token`, jti: jtiOf(code) })
    const { headers } = await postForm(`${google.issuer}/token`, form, { dpop, origin: 'https://app.example' })
    expect(headers).toHaveProperty('dpop-nonce')
    expect(headers['access-control-expose-headers']).not.toMatch(/dpop/i)
  })

  test('needs none without a proof', async ({ google }) => {
    await demandNonces(google)
    const form = { ...credentials(google), grant_type: 'authorization_code', redirect_uri: '' }
    const answer = await postForm(`${google.issuer}/token`, { ...form, code: await newCode(google) })
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('dpop-nonce')
  })
})

async function challengeElsewhere(): Promise<RawAnswer> {
  const other = await startGoogle()
  await demandNonces(other)
  return await exchange(other, await newCode(other))
}

describe('a client whose proofs need no nonce', () => {
  test('gets none, and cannot invent one', async ({ google }) => {
    const code = await newCode(google)
    expect((await exchange(google, code, 'invented')).json.error).toBe('use_dpop_nonce')
    const { status, headers } = await exchange(google, code)
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('dpop-nonce')
  })
})

describe('the fault', () => {
  test('use-dpop-nonce demands the nonce of the retry, for that code only', async ({ google }) => {
    google.arm({ on: 'token', fault: 'use-dpop-nonce' })
    const code = await newCode(google)
    const first = await exchange(google, code)
    expect(first).toMatchObject(challenge())
    expect(await exchange(google, code)).toMatchObject(challenge())
    expect((await exchange(google, await newCode(google))).status).toBe(200)
    const { status, json } = await exchange(google, code, nonceOf(first))
    expect(status).toBe(200)
    expect((await refresh(google, json.refresh_token)).status).toBe(200)
  })

  test('use-dpop-nonce waits for a proof that is valid otherwise', async ({ google }) => {
    google.arm({ on: 'token', fault: 'use-dpop-nonce' })
    const form = { ...credentials(google), grant_type: 'authorization_code', redirect_uri: '' }
    const code = await newCode(google)
    const bad = await postForm(`${google.issuer}/token`, { ...form, code }, { dpop: 'bad' })
    expect(bad.json.error).toBe('invalid_dpop_proof')
    expect(await exchange(google, code)).toMatchObject(challenge())
  })

  test('dpop-nonce-again rejects the retry, too', async ({ google }) => {
    google.arm({ on: 'token', fault: 'dpop-nonce-again' })
    const code = await newCode(google)
    const first = await exchange(google, code)
    expect(first).toMatchObject(challenge())
    const second = await exchange(google, code, nonceOf(first))
    expect(second).toMatchObject(challenge('Authorization server requires another nonce in DPoP proof'))
    expect((await exchange(google, code, nonceOf(second))).status).toBe(200)
  })

  test('dpop-nonce-missing and invalid-dpop-proof leave the token as it is', async ({ google }) => {
    const { refresh_token } = (await exchange(google, await newCode(google))).json
    google.arm({ on: 'token', fault: 'dpop-nonce-missing' })
    google.arm({ on: 'token', fault: 'invalid-dpop-proof' })
    const missing = await refresh(google, refresh_token)
    expect(missing.json.error).toBe('use_dpop_nonce')
    expect(missing.headers).not.toHaveProperty('dpop-nonce')
    expect((await refresh(google, refresh_token)).json.error).toBe('invalid_dpop_proof')
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })
})

test('after a reset, a nonce from before it does not work', async ({ google }) => {
  await demandNonces(google)
  advance(google, 3600)
  const nonce = nonceOf(await exchange(google, await newCode(google)))
  google.reset()
  advanced.delete(google)
  const code = await newCode(google)
  const early = await exchange(google, code, nonce)
  expect(early).toMatchObject(challenge('The nonce of the DPoP proof has expired; use the new one'))
  expect((await exchange(google, code)).status).toBe(200)
})
