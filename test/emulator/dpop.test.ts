import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { createProofKey, jtiOf, proof, type ProofKey, type ProofRequest } from '../support/dpop-proof.ts'
import { section } from './home.ts'
import { configure, credentials, postForm, type RawAnswer, send, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const key = createProofKey()

/** Sends a token request of the web client with a DPoP header, or without one. */
async function tokenRequest(
  google: Emulator,
  fields: Readonly<Record<string, string>>,
  dpop?: string,
): Promise<RawAnswer> {
  const headers = dpop === undefined ? {} : { dpop }
  return await postForm(`${google.issuer}/token`, { ...credentials(google), ...fields }, headers)
}

type Contents = Partial<ProofRequest>

async function exchange(google: Emulator, code: string, contents: Contents = {}): Promise<RawAnswer> {
  const dpop = proof({ key, htu: `${google.issuer}/token`, jti: jtiOf(code), ...contents })
  return await tokenRequest(google, { grant_type: 'authorization_code', code, redirect_uri: '' }, dpop)
}

async function refresh(google: Emulator, token: string, contents: Contents = {}): Promise<RawAnswer> {
  const dpop = proof({ key, htu: `${google.issuer}/token`, ...contents })
  return await tokenRequest(google, { grant_type: 'refresh_token', refresh_token: token }, dpop)
}

const refreshWithout = async (google: Emulator, refresh_token: string): Promise<RawAnswer> =>
  await tokenRequest(google, { grant_type: 'refresh_token', refresh_token })

/** Returns a refresh token that is bound to the key. */
async function boundToken(google: Emulator, by: ProofKey = key): Promise<string> {
  const answer = await exchange(google, await google.createCode({ forceRefreshToken: true }), { key: by })
  expect(answer.status, answer.body).toBe(200)
  return answer.json.refresh_token
}

const setClient = async (google: Emulator, settings: object): Promise<void> =>
  await configure(google, 'PATCH clients', { clientId: credentials(google).client_id, ...settings })

const invalidProof = { status: 400, json: { error: 'invalid_dpop_proof' } }

describe('a refresh token of a code grant with a DPoP proof', () => {
  test('works only with proofs of its key, and its access tokens need none', async ({ google }) => {
    const token = await boundToken(google)
    const again = await refresh(google, token)
    expect(again).toMatchObject({ status: 200, json: { token_type: 'Bearer' } })
    const authorization = { authorization: `Bearer ${again.json.access_token}` }
    expect((await send(`${google.issuer}/v1/userinfo`, { headers: authorization })).status).toBe(200)
  })

  test('is worthless with the client secret alone, or with another key', async ({ google }) => {
    const token = await boundToken(google)
    expect(await refreshWithout(google, token)).toMatchObject({
      status: 400,
      json: {
        error: 'invalid_dpop_proof',
        error_description: 'The refresh token is bound to a key: send a DPoP proof of that key',
      },
    })
    expect(await refresh(google, token, { key: createProofKey() })).toMatchObject({
      status: 400,
      json: {
        error: 'invalid_grant',
        error_description: 'The refresh token is bound to the key of another DPoP proof',
      },
    })
    expect((await refresh(google, token)).status).toBe(200)
  })

  test('stays bound when it is rotated', async ({ google }) => {
    const token = await boundToken(google)
    google.arm({ on: 'token', fault: 'rotate-refresh-token' })
    const { refresh_token: rotated } = (await refresh(google, token)).json
    expect(await refreshWithout(google, rotated)).toMatchObject(invalidProof)
    expect((await refresh(google, rotated)).status).toBe(200)
  })

  test.for([{ with: 'a proof' }, { with: 'no proof' }])('can be revoked with $with', async (how, { google }) => {
    const token = await boundToken(google)
    const url = `${google.issuer}/revoke`
    const headers = how.with === 'a proof' ? { dpop: proof({ key, htu: url }) } : {}
    expect((await postForm(url, { token }, headers)).status).toBe(200)
    expect((await refresh(google, token)).json.error_description).toBe('Token has been expired or revoked.')
  })

  test('can be bound to an RSA key', async ({ google }) => {
    const rsa = createProofKey('RSA')
    const token = await boundToken(google, rsa)
    expect((await refresh(google, token, { key: rsa })).status).toBe(200)
    expect((await refresh(google, token)).json.error).toBe('invalid_grant')
  })

  test.for(['/o/oauth2/token', '/oauth2/v3/token', '/oauth2/v4/token'])('works at %s', async (path, { google }) => {
    const refresh_token = await boundToken(google)
    const form = { ...credentials(google), grant_type: 'refresh_token', refresh_token }
    const url = google.issuer + path
    const elsewhere = proof({ key, htu: `${google.issuer}/token` })
    expect(await postForm(url, form, { dpop: elsewhere })).toMatchObject(invalidProof)
    expect((await postForm(url, form, { dpop: proof({ key, htu: url }) })).status).toBe(200)
  })
})

describe('a refresh token without a binding', () => {
  test('does not get one from a proof', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    expect((await refresh(google, refresh_token)).status).toBe(200)
    expect((await refresh(google, refresh_token, { key: createProofKey() })).status).toBe(200)
    expect((await refreshWithout(google, refresh_token)).status).toBe(200)
  })

  test('does not work with a bad proof', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    expect(await refresh(google, refresh_token, { claims: { htm: 'GET' } })).toMatchObject(invalidProof)
  })
})

describe('a client', () => {
  test('that requires DPoP gets no token without a proof', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    await setClient(google, { dpop: 'required' })
    const refused = { status: 400, json: { error_description: 'This client must send a DPoP proof' } }
    const code = await google.createCode({ forceRefreshToken: true })
    const form = { grant_type: 'authorization_code', code, redirect_uri: '' }
    expect(await tokenRequest(google, form)).toMatchObject(refused)
    expect(await refreshWithout(google, refresh_token)).toMatchObject(refused)
    expect((await exchange(google, code)).json).toHaveProperty('refresh_token')
  })

  test('without DPoP gets unbound tokens, whatever it sends, and its earlier ones need no proof', async ({
    google,
  }) => {
    const earlier = await boundToken(google)
    await setClient(google, { dpop: 'off', dpopNonce: true })
    const code = await google.createCode({ forceRefreshToken: true })
    const form = { grant_type: 'authorization_code', code, redirect_uri: '' }
    const { json, headers } = await tokenRequest(google, form, 'not a proof')
    expect(headers).not.toHaveProperty('dpop-nonce')
    await setClient(google, { dpop: 'optional' })
    expect((await refreshWithout(google, json.refresh_token)).status).toBe(200)
    await setClient(google, { dpop: 'off' })
    expect((await refreshWithout(google, earlier)).status).toBe(200)
  })

  test('can have its DPoP settings in a configuration and in a control request', async ({ google }) => {
    const mine = { type: 'web', clientId: '7-mine', clientSecret: 's', dpop: 'required', dpopNonce: true } as const
    const configured = await startGoogle({ config: { clients: [mine] } })
    await configure(google, 'POST clients', mine)
    const given = await startGoogle({ clients: [mine] })
    for (const each of [configured, google, given]) {
      const { clients } = (await send(`${each.controlUrl}/clients`)).json
      expect(clients).toContainEqual(expect.objectContaining({ clientId: '7-mine', dpop: 'required', dpopNonce: true }))
    }
  })

  test.for([{ dpop: 'sometimes' }, { dpop: true }, { dpopNonce: 'yes' }])('cannot have %o', async (bad, { google }) => {
    const [name = ''] = Object.keys(bad)
    await expect(setClient(google, bad)).rejects.toThrow(`\\"${name}\\" must be`)
    const client = { type: 'web', clientId: '7-mine', clientSecret: 's', ...bad }
    await expect(startGoogle({ config: { clients: [client] } })).rejects.toThrow(`"${name}" must be`)
    await expect(startGoogle({ clients: [client as never] })).rejects.toThrow(`"${name}" must be`)
  })
})

describe('the address in a proof', () => {
  test.for([
    ['the path without escapes', (issuer: string) => `${issuer}/%74oken`],
    ['capitals in the scheme', (issuer: string) => `${issuer.replace('http', 'HTTP')}/token`],
    ['dots in the path', (issuer: string) => `${issuer}/a/../token`],
  ] as const)('is normalized: %s', async ([, htu], { google }) => {
    const code = await google.createCode()
    expect((await exchange(google, code, { htu: htu(google.issuer) })).status).toBe(200)
  })

  test.for([
    ['https://accounts.google.com', 'https://oauth2.googleapis.com/token'],
    ['https://google.example', 'https://google.example/token'],
  ] as const)('behind the issuer %s is the published one, or the one used', async ([issuer, htu]) => {
    const google = await startGoogle({ issuer })
    const exchangeAs = async (named: string): Promise<RawAnswer> => {
      const code = await google.createCode()
      const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
      const dpop = proof({ key, htu: named, jti: jtiOf(code) })
      return await postForm(`${google.driveUrl}/token`, form, { dpop })
    }
    expect((await exchangeAs(htu)).status).toBe(200)
    expect((await exchangeAs(`${google.driveUrl}/token`)).status).toBe(200)
    expect(await exchangeAs(htu.replace('https', 'http'))).toMatchObject(invalidProof)
  })

  test.for(['a b', '"', '%'])('is not compared with the Host header %s', async (host, { google }) => {
    const code = await google.createCode()
    const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
    const to = async (htu: string): Promise<RawAnswer> =>
      await postForm(`${google.issuer}/token`, form, { host, dpop: proof({ key, htu, jti: jtiOf(code) }) })
    for (const htu of [`http://${host}/token`, 'token', '']) expect(await to(htu)).toMatchObject(invalidProof)
    expect((await to(`${google.issuer}/token`)).status).toBe(200)
  })

  test('is that of Google’s host for a program that uses it', async () => {
    const google = await startGoogle({ issuer: 'https://accounts.google.com' })
    const code = await google.createCode()
    const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
    const host = { host: 'oauth2.googleapis.com' }
    const to = async (htu: string): Promise<RawAnswer> =>
      await postForm(`${google.driveUrl}/token`, form, { ...host, dpop: proof({ key, htu, jti: jtiOf(code) }) })
    expect(await to(`${google.driveUrl}/token`)).toMatchObject(invalidProof)
    expect((await to('https://oauth2.googleapis.com/token')).status).toBe(200)
  })
})

describe('the device grant with a DPoP proof', () => {
  test('binds the refresh token to the key, and each poll needs its own proof', async ({ autoGoogle: google }) => {
    const tv = credentials(google, 'tv')
    const { device_code } = (
      await postForm(`${google.issuer}/device/code`, { client_id: tv.client_id, scope: 'openid' })
    ).json
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const poll = async (dpop: string): Promise<RawAnswer> =>
      await tokenRequest(google, { ...tv, grant_type, device_code }, dpop)
    const bad = proof({ key, htu: `${google.issuer}/token`, claims: { htm: 'GET' } })
    expect(await poll(bad)).toMatchObject(invalidProof)
    const { json } = await poll(proof({ key, htu: `${google.issuer}/token` }))
    const form = { ...tv, grant_type: 'refresh_token', refresh_token: json.refresh_token }
    expect(await tokenRequest(google, form)).toMatchObject(invalidProof)
    expect((await tokenRequest(google, form, proof({ key, htu: `${google.issuer}/token` }))).status).toBe(200)
  })
})

describe('what the emulator shows of DPoP', () => {
  test('is the key of a binding and of each proof, or why a proof was refused, but no proof', async ({ google }) => {
    const { thumbprint } = key
    const token = await boundToken(google)
    await refresh(google, token)
    await refreshWithout(google, token)
    await refresh(google, token, { claims: { htm: 'GET' } })
    await signIn(google)
    const shown = [
      `bound to key ${thumbprint}`,
      `valid proof of key ${thumbprint}`,
      'refused: The refresh token is bound to a key: send a DPoP proof of that key',
      'refused: The claim htm of the DPoP proof must be POST',
    ]
    expect(google.requests().map(({ dpop }) => dpop)).toEqual([...shown, undefined])
    const { body } = await send(`${google.controlUrl}/requests`)
    expect(body).toContain(`"dpop": "bound to key ${thumbprint}"`)
    expect(body).not.toContain('eyJ')
    const requests = await section(google, 'requests')
    for (const text of shown) expect(requests).toContain(`DPoP: ${text}`)
    const tokens = await section(google, 'tokens')
    expect(tokens).toContain(`Built-in web client · bound to key ${thumbprint}`)
    expect(tokens.match(/bound to key/g)).toHaveLength(1)
  })

  test('is the policy of a client', async ({ google }) => {
    expect(await section(google, 'clients')).not.toContain('DPoP')
    await setClient(google, { dpop: 'required', dpopNonce: true })
    expect(await section(google, 'clients')).toContain('Built-in web client Web DPoP required DPoP nonces')
  })

  test('names a valid proof whose exchange brings no refresh token', async ({ google }) => {
    await google.createCode()
    await exchange(google, await google.createCode())
    expect(google.requests().at(-1)?.dpop).toBe(`valid proof of key ${key.thumbprint}`)
  })
})

test('a binding outlives the emulator in its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-dpop-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const persist = join(folder, 'google')
  const first = await startGoogle({ persist })
  await setClient(first, { dpopNonce: true })
  const nonce = (await exchange(first, await first.createCode())).headers['dpop-nonce']
  const token = (await exchange(first, await first.createCode({ forceRefreshToken: true }), { nonce: String(nonce) }))
    .json
  await first.close()
  const second = await startGoogle({ persist })
  expect(await refreshWithout(second, token.refresh_token)).toMatchObject(invalidProof)
  const challenge = await refresh(second, token.refresh_token)
  expect(challenge.json.error).toBe('use_dpop_nonce')
  const again = await refresh(second, token.refresh_token, { nonce: String(challenge.headers['dpop-nonce']) })
  expect(again.status).toBe(200)
})
