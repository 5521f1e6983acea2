import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { answerConsent, answerDevice, type Emulator } from '../../src/emulator/index.ts'
import { createProofKey, jtiOf, proof } from '../support/dpop-proof.ts'
import { open, section, textOf } from './home.ts'
import {
  authorizationUrl,
  bearer,
  credentials,
  exchange,
  pkce,
  postForm,
  refresh,
  send,
  sendJson,
  signIn,
  webRequest,
} from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const idOf = (google: Emulator, at = -1): string => google.flows().at(at)?.id ?? ''

describe('the page at /flows', () => {
  test('says how to get a flow while there is none', async ({ google }) => {
    const { status, headers, body } = await open(google, '/flows')
    expect(status).toBe(200)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(headers['cache-control']).toContain('no-store')
    expect(textOf(body)).toContain('No sign-ins yet. Sign in with your app, make a code')
    expect(await section(google, 'flows')).toContain('No sign-ins yet.')
  })

  test('lists sign-ins, newest first, with time, client, account, requests, outcome and faults', async ({ google }) => {
    await signIn(google)
    google.arm({ on: 'token', fault: 'http-503' })
    await exchange(google, await google.createCode({ account: 'grace@corp.example' }))
    await answerConsent(authorizationUrl(google), { decision: 'deny' })
    const { body } = await open(google, '/flows')
    expect(textOf(body)).toMatch(
      /to Built-in desktop client .* 3 requests · access_denied\. failed .*Sign-in of grace@corp\.example to Built-in web client \d{4}-\d\d-\d\d \d\d:\d\d:\d\d · 1 request · HTTP 503\. fault http-503 failed Sign-in of ada@example\.com to Built-in web client .* 1 request · Tokens were issued for ada@example\.com\. succeeded/,
    )
    const links = [...body.matchAll(/href="\/flows\/([0-9a-f]+)"/g)].map(([, id]) => id)
    expect(links).toEqual(
      google
        .flows()
        .map(({ id }) => id)
        .toReversed(),
    )
    expect(body).toContain('<a href="/">')
  })

  test('has only the first sentence of a long error', async ({ google }) => {
    await send(authorizationUrl(google, { redirect_uri: 'https://other.example/cb' }))
    const text = textOf((await open(google, '/flows')).body)
    expect(text).toContain('OAuth 2.0 policy. failed')
    expect(text).not.toContain('register the redirect')
  })

  test('is linked from the page that blocks a request', async ({ google }) => {
    const { headers } = await send(authorizationUrl(google, { redirect_uri: 'https://other.example/cb' }))
    expect((await send(headers.location ?? '')).body).toContain('<a href="/flows">Sign-ins</a>')
  })

  test('is linked from the overview, which shows the last five', async ({ google }) => {
    for (let count = 0; count < 6; count++) await google.createCode()
    const { body } = await open(google)
    expect(body).toContain('<a href="/flows">All sign-ins</a>')
    expect(body.match(/href="\/flows\/[0-9a-f]+"/g)).toHaveLength(5)
    expect(await section(google, 'flows')).toMatch(
      /^Sign-ins 6 Sign-in of ada@example\.com .* The code was not exchanged/,
    )
  })

  test('shows the 200 newest, and counts the others', async ({ google }) => {
    for (let count = 0; count < 203; count++) await google.createCode()
    const { body } = await open(google, '/flows')
    expect(body.match(/href="\/flows\/[0-9a-f]+"/g)).toHaveLength(200)
    expect(textOf(body)).toContain('And 3 more.')
  })

  test('is not recorded in the journal, and no fault strikes it', async ({ google }) => {
    await open(google, '/flows')
    await open(google, '/flows/nope')
    expect(google.requests()).toEqual([])
  })

  test('exists only for GET', async ({ google }) => {
    expect((await postForm(`${google.issuer}/flows`, {})).status).toBe(404)
  })
})

describe('the page of a flow', () => {
  test('draws it without scripts and resources, with links to its data and back', async ({ google }) => {
    await exchange(google, await google.createCode(), { redirect_uri: 'postmessage' })
    const id = idOf(google)
    const { status, headers, body } = await open(google, `/flows/${id}`)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'DENY',
    })
    const [, styles = ''] = /<style>([^]*?)<\/style>/.exec(body) ?? []
    const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(styles).digest('base64')}'`
    expect(headers['content-security-policy']).toContain(policy)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(body).not.toMatch(/<script|\son\w+=|<img|<iframe|@import|url\(/i)
    const text = textOf(body.slice(body.indexOf('<main')))
    expect(text).toContain('Sign-in of ada@example.com to Built-in web client: failed')
    expect(text).toMatch(/Stopped at step 5 ?: redirect_uri_mismatch: sent postmessage; the code is bound to the empty/)
    expect(text).toContain('authorization code, 73 characters')
    for (const link of ['/flows', '/', `/flows/${id}.json`]) expect(body).toContain(`<a href="${link}">`)
  })

  test('is also JSON: the same as flows() returns', async ({ google }) => {
    await signIn(google)
    const { headers, json } = await open(google, `/flows/${idOf(google)}.json`)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    expect(json).toEqual(google.flows()[0])
  })

  test.for(['nope', 'nope.json', '..%2f', '<b>', '__proto__'])(
    'is 404 for an unknown id: %s',
    async (id, { google }) => {
      const { status, body } = await open(google, `/flows/${encodeURI(id)}`)
      expect(status).toBe(404)
      expect(body).toContain('There is no such sign-in')
      expect(body).toContain('<a href="/flows">')
    },
  )

  test('escapes everything that a client sent', async ({ google }) => {
    const evil = '"><script>alert(1)</script>\u202e'
    await send(authorizationUrl(google, { login_hint: evil, state: evil, [evil]: evil, client_id: evil }))
    for (const path of ['/flows', `/flows/${idOf(google)}`]) {
      const { body } = await open(google, path)
      expect(body).not.toContain('<script')
      expect(body).not.toMatch(/alert\(1\)<\/script>/)
    }
  })

  test('is visible under another name and with a control token, like the overview', async () => {
    const google = await startGoogle({ controlToken: 'let-me-in' })
    await signIn(google)
    for (const path of ['/flows', `/flows/${idOf(google)}`, `/flows/${idOf(google)}.json`]) {
      const there = await send(google.issuer + path, { headers: { host: 'google.internal:9077' } })
      expect(there.status).toBe(200)
      const fromPage = await send(google.issuer + path, { headers: { origin: 'https://evil.example' } })
      expect(fromPage.headers).not.toHaveProperty('access-control-allow-origin')
    }
  })
})

/** Returns what a search for a secret must not find: the secret as it is, and as text may contain it. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    secret.replaceAll('/', String.raw`\/`),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]
}

/** Carries out every kind of sign-in, and returns all that must stay secret. */
async function everySecret(google: Emulator): Promise<readonly string[]> {
  const { client_id, client_secret } = credentials(google)
  const desktop = credentials(google, 'desktop')
  const { verifier, challenge } = pkce()
  const own = { state: 'the-state-of-the-app', nonce: 'the-nonce-of-the-app' }
  const request = { ...own, code_challenge: challenge, code_challenge_method: 'S256' }
  const { url } = await answerConsent(authorizationUrl(google, request))
  const code = new URL(url).searchParams.get('code') ?? ''
  const redirect_uri = 'http://127.0.0.1:9/callback'
  await exchange(google, code, { ...desktop, redirect_uri: url, code_verifier: verifier })
  const sdkCode = await google.createCode({ forceRefreshToken: true })
  const key = createProofKey()
  const dpop = proof({ key, htu: `${google.issuer}/token`, jti: jtiOf(sdkCode) })
  const form = { grant_type: 'authorization_code', code: sdkCode, redirect_uri: '', client_id, client_secret }
  const bound = (await postForm(`${google.issuer}/token`, form, { dpop })).json
  const tokens = await signIn(google)
  const renewed = (await refresh(google, tokens.refresh_token)).json
  const again = await google.createCode()
  const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  await postForm(
    `${google.issuer}/token?code=${encodeURIComponent(again)}`,
    { grant_type: again },
    { authorization: basic },
  )
  await sendJson(`${google.issuer}/token`, { ...form, code: again, grant_type: 'authorization_code' })
  await send(`${google.issuer}/v1/userinfo`, { headers: bearer(tokens.access_token) })
  await send(`${google.driveUrl}/drive/v3/files/${tokens.access_token}?access_token=${renewed.access_token}`)
  const upload = `${google.driveUrl}/upload/drive/v3/files?uploadType=resumable`
  const opened = await sendJson(upload, { parents: ['appDataFolder'] }, { headers: bearer(tokens.access_token) })
  const session = new URL(opened.headers.location ?? '')
  await send(session.href, { method: 'PUT', headers: { 'content-range': 'bytes */*' } })
  const relay = { gsiwebsdk: '3', redirect_uri: 'storagerelay://http/localhost:8080?id=the-window-of-the-page' }
  const page = authorizationUrl(google, { ...webRequest(google), ...relay, g_csrf_token: 'the-token-of-the-page' })
  const pageCode = /"code":"([^"]+)"/.exec((await answerConsent(page)).body)?.[1] ?? ''
  const device = (
    await postForm(`${google.issuer}/device/code`, { client_id: credentials(google, 'tv').client_id, scope: 'email' })
  ).json
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const poll = { grant_type, device_code: device.device_code, ...credentials(google, 'tv') }
  await postForm(`${google.issuer}/token`, poll)
  await send(`${google.issuer}/device?user_code=${device.user_code}`)
  await answerDevice(google.issuer, device.user_code)
  const fetched = (await postForm(`${google.issuer}/token`, poll)).json
  await postForm(`${google.issuer}/revoke`, { token: renewed.access_token })
  await exchange(google, code, { ...desktop, redirect_uri, code_verifier: verifier })
  const issued = [bound, tokens, renewed, fetched].flatMap((one) => [
    one.access_token,
    one.id_token,
    ...(one.refresh_token === undefined ? [] : [one.refresh_token]),
  ])
  return [
    code,
    sdkCode,
    again,
    pageCode,
    verifier,
    dpop,
    basic.slice('Basic '.length),
    device.device_code,
    device.user_code,
    'the-window-of-the-page',
    'the-token-of-the-page',
    'GOCSPX-emulator-web',
    'GOCSPX-emulator-desktop',
    'GOCSPX-emulator-tv',
    ...Object.values(own),
    session.searchParams.get('upload_id') ?? '',
    ...issued,
  ]
}

test('no page and no data of a flow has a secret in it, in any encoding', async ({ google }) => {
  const secrets = await everySecret(google)
  expect(secrets.filter((secret) => secret.length < 8)).toEqual([])
  expect(secrets).toHaveLength(28)
  const ids = google.flows().map(({ id }) => id)
  expect(ids).toHaveLength(6)
  const paths = ['/', '/flows', ...ids.flatMap((id) => [`/flows/${id}`, `/flows/${id}.json`])]
  const bodies = await Promise.all(paths.map(async (path) => (await open(google, path)).body))
  const texts = [...bodies, JSON.stringify(google.flows())]
  // A part of a secret would be enough to recognize it.
  for (const secret of secrets)
    for (const form of [...formsOf(secret), secret.slice(0, 16), secret.slice(-16)])
      for (const [at, text] of texts.entries())
        if (text.includes(form)) throw new Error(`${secret} shows up at ${paths[at] ?? 'flows()'} as ${form}`)
})
