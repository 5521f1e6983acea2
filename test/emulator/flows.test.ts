import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { describe, expect, onTestFinished } from 'vitest'
import {
  answerConsent,
  answerDevice,
  type Emulator,
  type EmulatorOptions,
  sentValues,
  type SignInFlow,
} from '../../src/emulator/index.ts'
import { schemaErrors } from '../flows/schema.ts'
import { createProofKey, jtiOf, proof } from '../support/dpop-proof.ts'
import {
  authorizationUrl,
  bearer,
  configure,
  credentials,
  exchange,
  pkce,
  pollDevice,
  postForm,
  refresh,
  send,
  signIn as signInTo,
  startDevice,
  webRequest,
} from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const callback = 'http://127.0.0.1:9/callback'
const codeOf = (url: string): string => new URL(url).searchParams.get('code') ?? ''

/** Returns the only flow. */
function only(google: Emulator): SignInFlow {
  const [flow, ...others] = google.flows()
  if (flow === undefined || others.length > 0) throw new Error(`${others.length} other flows`)
  return flow
}

const stepNames = ({ steps }: SignInFlow): readonly string[] => steps.map(({ name }) => name)

/** Returns the results of the checks of the last step that has some, in order. */
function lastChecks({ steps }: SignInFlow): readonly string[] {
  const checks = steps.findLast((step) => step.checks.length > 0)?.checks ?? []
  return checks.map(({ what, result, detail }) => `${result}: ${what}${detail === undefined ? '' : ` (${detail})`}`)
}

async function exchangeDesktop(google: Emulator, code: string, fields: Record<string, string>): Promise<void> {
  await exchange(google, code, { ...credentials(google, 'desktop'), redirect_uri: callback, ...fields })
}

/** Turns a state file into one of a version that did not know sign-ins. */
function withoutSignIns(file: string): void {
  const saved = deserialize(readFileSync(file)) as { state: Record<string, Map<string, Record<string, unknown>>> }
  for (const name of ['codes', 'deviceCodes', 'accessTokens', 'refreshTokens'])
    for (const record of saved.state[name]?.values() ?? []) delete record['signIn']
  writeFileSync(file, serialize(saved))
}

const sdkCode = ['app-request', 'app-code', 'code-sent']
const redeemed = ['token-request', 'tokens']
const loginPage = ['login-start', 'authorization-request', 'response', 'sign-in', 'response', 'consent']

const kinds: readonly {
  readonly name: string
  readonly options?: EmulatorOptions
  readonly run: (google: Emulator) => Promise<unknown>
  readonly steps: readonly string[]
  readonly parties: readonly string[]
  readonly result?: string
}[] = [
  ...(['android', 'ios', 'web-popup'] as const).map((platform) => ({
    name: `a code of the platform ${platform}`,
    run: async (google: Emulator) => {
      const redirect_uri = platform === 'web-popup' ? 'postmessage' : ''
      await exchange(google, await google.createCode({ platform }), { redirect_uri })
    },
    steps: [...sdkCode, ...redeemed],
    parties: ['app', 'backend', 'server'],
  })),
  {
    name: 'a code that the control API issues',
    run: async (google) => {
      const { code } = (await send(`${google.controlUrl}/codes`, { method: 'POST', body: '{}' })).json
      await exchange(google, code)
    },
    steps: [...sdkCode, ...redeemed],
    parties: ['app', 'backend', 'server'],
  },
  {
    name: 'a login with the consent page',
    run: async (google) => {
      const { verifier, challenge } = pkce()
      const request = { code_challenge: challenge, code_challenge_method: 'S256' }
      const { url } = await answerConsent(authorizationUrl(google, request))
      await exchangeDesktop(google, codeOf(url), { code_verifier: verifier })
    },
    steps: [...loginPage, 'authorization-response', 'redirect-followed', ...redeemed],
    parties: ['browser', 'backend', 'server'],
  },
  {
    name: 'a login with automatic consent',
    options: { autoConsent: true },
    run: async (google) => {
      const { location = '' } = (await send(authorizationUrl(google))).headers
      await exchangeDesktop(google, codeOf(location), {})
    },
    steps: ['login-start', 'authorization-request', 'authorization-response', 'redirect-followed', ...redeemed],
    parties: ['browser', 'backend', 'server'],
  },
  {
    name: 'a login that the user denies',
    run: async (google) => await answerConsent(authorizationUrl(google), { decision: 'deny' }),
    steps: [...loginPage, 'authorization-response', 'redirect-followed'],
    parties: ['browser', 'backend', 'server'],
    result: 'failed',
  },
  {
    name: 'a login with a redirect URI that is not registered',
    run: async (google) => await send(authorizationUrl(google, { redirect_uri: 'https://nope.example/' })),
    steps: ['login-start', 'authorization-request', 'error-page'],
    parties: ['browser', 'backend', 'server'],
    result: 'failed',
  },
  {
    name: 'a login whose user has not answered yet',
    run: async (google) => await send((await send(authorizationUrl(google))).headers.location ?? ''),
    steps: loginPage.slice(0, -1),
    parties: ['browser', 'backend', 'server'],
    result: 'unfinished',
  },
  {
    name: "a code for a page of Google's library",
    options: { autoConsent: true },
    run: async (google) => {
      const relay = { gsiwebsdk: '3', redirect_uri: 'storagerelay://http/localhost:8080?id=auth1' }
      const { body } = await send(authorizationUrl(google, { ...webRequest(google), ...relay }))
      await exchange(google, /"code":"([^"]+)"/.exec(body)?.[1] ?? '', { redirect_uri: 'postmessage' })
    },
    steps: ['login-start', 'authorization-request', 'authorization-response', 'redirect-followed', ...redeemed],
    parties: ['browser', 'backend', 'server'],
  },
  {
    name: 'an access token for a page of Google’s library, without a token request',
    options: { autoConsent: true },
    run: async (google) => {
      const relay = { gsiwebsdk: '3', redirect_uri: 'storagerelay://http/localhost:8080?id=auth1' }
      await send(authorizationUrl(google, { ...webRequest(google), ...relay, response_type: 'token' }))
    },
    steps: ['login-start', 'authorization-request', 'authorization-response', 'redirect-followed'],
    parties: ['browser', 'backend', 'server'],
  },
  {
    name: 'a device',
    run: async (google) => {
      const { device_code, user_code } = await startDevice(google)
      for (let poll = 0; poll < 2; poll++) await pollDevice(google, device_code)
      await answerDevice(google.issuer, user_code)
      await pollDevice(google, device_code)
    },
    steps: [
      'device-request',
      'device-code',
      'user-code',
      'device-poll',
      'pending',
      'device-poll',
      'pending',
      'user-approval',
      'response',
      'user-approval',
      'response',
      'device-poll',
      'tokens',
    ],
    parties: ['browser', 'backend', 'server'],
  },
  {
    name: 'a code and what its tokens are used for later',
    run: async (google) => {
      const { access_token, refresh_token } = await signInTo(google)
      const renewed = (await refresh(google, refresh_token)).json.access_token
      for (const token of [access_token, renewed, renewed])
        await send(`${google.issuer}/v1/userinfo`, { headers: bearer(token) })
      await send(`${google.driveUrl}/drive/v3/files?spaces=appDataFolder&access_token=${renewed}`)
      await postForm(`${google.issuer}/revoke`, { token: renewed })
      await refresh(google, refresh_token)
    },
    steps: [
      ...sdkCode,
      ...redeemed,
      'refresh-request',
      'tokens',
      'userinfo-request',
      'response',
      'drive-request',
      'response',
      'revocation-request',
      'response',
      'refresh-request',
      'error-response',
    ],
    parties: ['app', 'backend', 'server'],
  },
  {
    name: 'a code that the emulator never issued',
    run: async (google) => await exchange(google, '4/0Anope'),
    steps: ['token-request', 'error-response'],
    parties: ['backend', 'server'],
    result: 'failed',
  },
]

describe('a flow', () => {
  test.for(kinds)('shows $name, step by step', async ({ options, run, steps, parties, result = 'succeeded' }) => {
    const google = await startGoogle(options)
    await run(google)
    const flow = only(google)
    expect(schemaErrors(flow)).toEqual([])
    expect(stepNames(flow)).toEqual(steps)
    expect(flow.parties.map(({ id }) => id)).toEqual(parties)
    expect(flow.outcome.result).toBe(result)
    expect(flow.steps.map(({ number }) => number)).toEqual(steps.map((_, at) => at + 1))
    const ids = google.requests().map(({ signIn }) => signIn)
    expect(new Set(ids)).toEqual(new Set([flow.id]))
  })

  test('says who signed in where, and what the tokens are', async ({ google }) => {
    await signInTo(google, { account: 'grace@corp.example' })
    const { client_id } = credentials(google)
    const flow = only(google)
    expect(flow).toMatchObject({
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      clientId: client_id,
      account: 'grace@corp.example',
      title: 'Sign-in of grace@corp.example to Built-in web client',
      writer: 'gsa emulator',
      outcome: { result: 'succeeded', text: 'Tokens were issued for grace@corp.example.' },
      parties: [{ name: 'Android app' }, { name: 'Your backend' }, { name: 'Google (emulator)' }],
    })
    expect(flow.steps.at(-1)).toMatchObject({ line: '200', tookMs: expect.any(Number) })
    const { fields } = flow.steps.find(({ name }) => name === 'tokens') ?? { fields: [] }
    expect(fields).toContainEqual(
      expect.objectContaining({ name: 'refresh_token', secret: { kind: 'refresh token', length: 103 } }),
    )
    expect(fields).toContainEqual(expect.objectContaining({ name: 'expires_in', value: '3599' }))
  })

  test('never speaks of gsa, which takes no part in it', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google))
    await exchangeDesktop(google, codeOf(url), {})
    const { device_code, user_code } = await startDevice(google)
    await pollDevice(google, device_code)
    await answerDevice(google.issuer, user_code)
    await signInTo(google)
    for (const { steps } of google.flows())
      for (const { title, purpose, fields, from, to } of steps)
        expect(JSON.stringify({ title, purpose, fields, from, to })).not.toContain('gsa')
  })

  test('lets a test say in one line that the backend sent the empty redirect URI, once', async ({ google }) => {
    await signInTo(google)
    expect(sentValues(google.flows(), 'token-request', 'redirect_uri')).toEqual([''])
    expect(sentValues(google.flows(), 'token-request', 'code')).toEqual([undefined])
  })

  test('does not mix two sign-ins at the same time', async ({ google }) => {
    const urls = await Promise.all(
      ['ada@example.com', 'grace@corp.example'].map(
        async (account) => (await answerConsent(authorizationUrl(google), { account })).url,
      ),
    )
    await Promise.all(urls.toReversed().map(async (url) => await exchangeDesktop(google, codeOf(url), {})))
    const flows = google.flows()
    expect(flows.map(({ account }) => account).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([
      'ada@example.com',
      'grace@corp.example',
    ])
    for (const flow of flows)
      expect(stepNames(flow)).toEqual([...loginPage, 'authorization-response', 'redirect-followed', ...redeemed])
  })

  test('cannot be joined to another by an authorization request that names it', async ({ google }) => {
    await send(authorizationUrl(google))
    const [first] = google.flows()
    await answerConsent(authorizationUrl(google, { dsh: 'made-up' }))
    expect(google.flows().map(({ steps }) => steps.length)).toEqual([3, 8])
    expect(google.flows().map(({ id }) => id)).not.toContain('made-up')
    expect(google.flows()[0]).toEqual(first)
  })

  test('counts polls, and requests that only repeat', async ({ google }) => {
    const { device_code } = await startDevice(google)
    await pollDevice(google, device_code)
    google.advanceClock('10s')
    await pollDevice(google, device_code)
    google.advanceClock('10s')
    await pollDevice(google, device_code)
    expect(only(google).steps.filter(({ name }) => name === 'device-poll')).toMatchObject([{ times: 3 }])
    google.reset()
    const { access_token } = await signInTo(google)
    for (const token of [access_token, access_token, 'ya29.nope', access_token])
      await send(`${google.issuer}/v1/userinfo`, { headers: bearer(token) })
    expect(only(google).steps.filter(({ name }) => name === 'userinfo-request')).toMatchObject([{ times: 3 }])
  })

  test('leaves out the middle of a very long story', async ({ google }) => {
    const { refresh_token } = await signInTo(google)
    for (let round = 0; round < 200; round++) await refresh(google, refresh_token)
    const { steps } = only(google)
    expect(steps).toHaveLength(301)
    expect(steps[150]).toMatchObject({ name: 'omitted', title: '105 more steps', number: 151 })
    expect(steps[151]?.number).toBe(256)
    expect(steps.at(-1)?.number).toBe(405)
  })

  test('is forgotten by a reset', async ({ google }) => {
    await signInTo(google)
    google.reset()
    expect(google.flows()).toEqual([])
  })
})

const secret = 'the client is registered, and the secret is its own'
const unused = 'the code is unused, has not expired and belongs to the client'
const equal = 'redirect_uri equals the one that the code is bound to'
const refusals: readonly {
  readonly name: string
  readonly run: (google: Emulator) => Promise<unknown>
  readonly text: string
  readonly checks: readonly string[]
}[] = [
  {
    name: 'a wrong redirect URI',
    run: async (google) => await exchange(google, await google.createCode(), { redirect_uri: 'postmessage' }),
    text: 'redirect_uri_mismatch: sent postmessage; the code is bound to the empty redirect URI.',
    checks: [
      `passed: ${secret}`,
      `passed: ${unused}`,
      `failed: ${equal} (sent postmessage; the code is bound to the empty redirect URI)`,
    ],
  },
  {
    name: 'no redirect URI',
    run: async (google) => {
      const form = { grant_type: 'authorization_code', code: await google.createCode(), ...credentials(google) }
      await postForm(`${google.issuer}/token`, form)
    },
    text: 'invalid_request: sent none; the code is bound to the empty redirect URI.',
    checks: [
      `passed: ${secret}`,
      `failed: ${equal} (sent none; the code is bound to the empty redirect URI)`,
      `not checked: ${unused}`,
    ],
  },
  {
    name: 'a code that was used before, although the first attempt failed',
    run: async (google) => {
      const code = await google.createCode()
      await exchange(google, code, { redirect_uri: 'postmessage' })
      await exchange(google, code)
    },
    text: 'invalid_grant: used before, in step 5.',
    checks: [`passed: ${secret}`, `failed: ${unused} (used before, in step 5)`, `not checked: ${equal}`],
  },
  {
    name: 'a code that expired',
    run: async (google) => {
      const code = await google.createCode()
      google.advanceClock('11m')
      await exchange(google, code)
    },
    text: 'invalid_grant: expired.',
    checks: [`passed: ${secret}`, `failed: ${unused} (expired)`, `not checked: ${equal}`],
  },
  {
    name: 'a code of another client',
    run: async (google) => await exchange(google, await google.createCode(), credentials(google, 'desktop')),
    text: 'invalid_grant: issued to another client.',
    checks: [`passed: ${secret}`, `failed: ${unused} (issued to another client)`, `not checked: ${equal}`],
  },
  {
    name: 'a wrong client secret',
    run: async (google) => await exchange(google, await google.createCode(), { client_secret: 'GOCSPX-wrong' }),
    text: 'invalid_client: The provided client secret is invalid.',
    checks: [`failed: ${secret}`, `not checked: ${unused}`, `not checked: ${equal}`],
  },
  {
    name: 'a wrong code verifier',
    run: async (google) => {
      const request = { code_challenge: pkce().challenge, code_challenge_method: 'S256' }
      const { url } = await answerConsent(authorizationUrl(google, request))
      await exchangeDesktop(google, codeOf(url), { code_verifier: pkce().verifier })
    },
    text: 'invalid_grant: Invalid code verifier.',
    checks: [
      `passed: ${secret}`,
      `passed: ${unused}`,
      `passed: ${equal}`,
      'failed: code_verifier matches the code_challenge',
    ],
  },
  {
    name: 'a bad DPoP proof',
    run: async (google) => {
      const code = await google.createCode()
      const dpop = proof({ key: createProofKey(), htu: `${google.issuer}/nowhere`, jti: jtiOf(code) })
      const form = { grant_type: 'authorization_code', code, redirect_uri: '', ...credentials(google) }
      await postForm(`${google.issuer}/token`, form, { dpop })
    },
    text: expect.stringMatching(/^invalid_dpop_proof: refused: The claim htu /),
    checks: [
      `passed: ${secret}`,
      `passed: ${unused}`,
      expect.stringMatching(/^failed: the DPoP proof is valid \(refused: The claim htu /),
      `not checked: ${equal}`,
    ],
  },
]

describe('a refused token request', () => {
  test.for(refusals)('says what was wrong: $name', async ({ run, text, checks }, { google }) => {
    await run(google)
    const flow = only(google)
    expect(lastChecks(flow)).toEqual(checks)
    const { outcome, steps } = flow
    expect(outcome).toMatchObject({ result: 'failed', text, fix: expect.stringContaining('gsa explain ') })
    expect(steps.find(({ number }) => number === outcome.step)).toMatchObject({ name: 'error-response', isError: true })
  })

  test('whose code is exchanged correctly afterwards is part of a flow that succeeded', async ({ google }) => {
    const code = await google.createCode()
    await exchange(google, code, { client_secret: 'GOCSPX-wrong' })
    await exchange(google, code)
    expect(only(google).outcome.result).toBe('succeeded')
    expect(lastChecks(only(google))).toEqual([secret, unused, equal].map((what) => `passed: ${what}`))
  })

  test('of a refresh says so in the outcome of its sign-in', async ({ google }) => {
    const { refresh_token } = await signInTo(google)
    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    await refresh(google, refresh_token)
    expect(only(google).outcome.text).toBe(
      'Tokens were issued for ada@example.com. Later, step 7 failed: invalid_grant.',
    )
  })
})

describe('a fault', () => {
  test.for([
    { fault: 'code-used', on: 'token', step: 'error-response', code: 'invalid_grant' },
    { fault: 'http-503', on: 'token', step: 'error-response', code: 'HTTP 503' },
    { fault: 'lost-answer', on: 'token', step: 'no-response', code: 'no_response' },
    { fault: 'reset', on: 'token', step: 'no-response', code: 'no_response' },
  ])('is named at the step that it struck: $fault', async ({ fault, on, step, code }, { google }) => {
    google.arm({ on, fault })
    await exchange(google, await google.createCode()).catch(() => undefined)
    const { steps, outcome } = only(google)
    expect(steps.filter(({ faults }) => faults !== undefined)).toMatchObject([
      { name: step, faults: [fault], isError: true },
    ])
    expect(outcome).toMatchObject({ result: 'failed', code, step: 5 })
    expect(outcome.text).toContain(`The fault ${fault} struck.`)
    expect(steps.flatMap(({ checks }) => checks).every(({ result }) => result === 'not checked')).toBe(true)
  })

  test('is named even at a step that succeeded, and at an authorization response', async ({ autoGoogle }) => {
    autoGoogle.arm({ on: 'authorize', fault: 'wrong-state' })
    autoGoogle.arm({ on: 'token', fault: 'no-refresh-token' })
    const { location = '' } = (await send(authorizationUrl(autoGoogle))).headers
    await exchangeDesktop(autoGoogle, codeOf(location), {})
    const { steps, outcome } = only(autoGoogle)
    expect(steps.map(({ name, faults }) => ({ name, faults })).filter((one) => one.faults !== undefined)).toEqual([
      { name: 'authorization-response', faults: ['wrong-state'] },
      { name: 'tokens', faults: ['no-refresh-token'] },
    ])
    expect(outcome.result).toBe('succeeded')
    expect(steps.at(-1)?.fields.map(({ name }) => name)).not.toContain('refresh_token')
  })

  test('that closes the connection before the sign-in page belongs to a flow, too', async ({ google }) => {
    google.arm({ on: 'authorize', fault: 'reset' })
    await send(authorizationUrl(google)).catch(() => undefined)
    expect(stepNames(only(google))).toEqual(['login-start', 'authorization-request', 'no-response'])
  })
})

describe('the ids of sign-ins', () => {
  test('are the same for the same seed', async () => {
    const ids = await Promise.all(
      ['a seed', 'a seed', 'another'].map(async (seed) => {
        const google = await startGoogle({ seed })
        await signInTo(google)
        await send(authorizationUrl(google))
        return google.flows().map(({ id }) => id)
      }),
    )
    expect(ids[0]).toHaveLength(2)
    expect(ids[1]).toEqual(ids[0])
    expect(ids[2]).not.toEqual(ids[0])
  })

  test('stay with tokens and unused codes after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-emulator-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const persist = join(folder, 'google')
    const first = await startGoogle({ persist })
    const { refresh_token } = await signInTo(first)
    const code = await first.createCode()
    const { device_code, user_code } = await startDevice(first)
    const ids = first.flows().map(({ id }) => id)
    await first.close()

    const second = await startGoogle({ persist })
    expect(second.flows()).toEqual([])
    await refresh(second, refresh_token)
    await exchange(second, code)
    await answerDevice(second.issuer, user_code)
    await pollDevice(second, device_code)
    expect(second.flows().map(({ id }) => id)).toEqual(ids)
    expect(second.flows().map((flow) => stepNames(flow)[0])).toEqual([
      'refresh-request',
      'token-request',
      'user-approval',
    ])
  })

  test('are unknown for tokens of a state file without them; refreshes of one token then share a flow', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-emulator-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const persist = join(folder, 'google')
    const first = await startGoogle({ persist })
    const { refresh_token } = await signInTo(first)
    await first.close()
    withoutSignIns(persist)

    const second = await startGoogle({ persist })
    const { access_token } = (await refresh(second, refresh_token)).json
    await refresh(second, refresh_token)
    await send(`${second.issuer}/v1/userinfo`, { headers: bearer(access_token) })
    expect(second.flows().map(stepNames)).toEqual([
      ['refresh-request', 'tokens', 'refresh-request', 'tokens', 'userinfo-request', 'response'],
    ])
  })
})

test('a request of a page that no sign-in led to has no flow', async ({ google }) => {
  await send(`${google.issuer}/oauth2/v3/certs`)
  await send(`${google.issuer}/v3/signin/identifier`)
  await send(`${google.issuer}/v1/userinfo`, { headers: bearer('ya29.nope') })
  await configure(google, 'POST accounts', { email: 'new@example.com' })
  expect(google.flows()).toEqual([])
})
