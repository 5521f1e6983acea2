import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { decodeAuthorizationError } from '../../src/emulator/answers/authorization-error.ts'
import { answerConsent, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { startHttpServer } from '../support/http-server.ts'
import {
  authorizationUrl,
  configure,
  credentials,
  driveAppdata,
  emailScope,
  exchange,
  postForm,
  profileScope,
  send,
  webRedirectUri,
  webRequest,
} from './raw-http.ts'
import { test } from './with-google.ts'

type Parameters = Record<string, string | null>

interface Refusal {
  name: string
  parameters: (google: Emulator) => Parameters
  code: string
  status?: number
  /** A string, or a matcher for one. */
  description: unknown
  helpUrl?: unknown
}

const policy = expect.stringMatching(
  /^\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2\.0 policy for keeping apps secure\.\n\nYou can let/,
)
const mismatch = expect.stringMatching(
  /^\nYou can't sign in .*\n\nIf you're the app developer, register the redirect URI in the Google Cloud Console\.\n {2}$/,
)
const just = (parameters: Parameters) => () => parameters
const web = (parameters: Parameters) => (google: Emulator) => ({ ...webRequest(google), ...parameters })
const tv = (google: Emulator) => ({ client_id: credentials(google, 'tv').client_id })

const refusals: Refusal[] = [
  {
    name: 'no response_type',
    parameters: just({ response_type: null }),
    code: 'invalid_request',
    description: 'Required parameter is missing: response_type',
  },
  {
    name: 'no client_id',
    parameters: just({ client_id: null }),
    code: 'invalid_request',
    description: 'Missing required parameter: client_id',
  },
  {
    name: 'no redirect_uri',
    parameters: just({ redirect_uri: null }),
    code: 'invalid_request',
    description: 'Missing required parameter: redirect_uri',
  },
  {
    name: 'no scope',
    parameters: just({ scope: null }),
    code: 'invalid_request',
    description: 'Missing required parameter: scope',
  },
  {
    name: 'an unknown response type',
    parameters: just({ response_type: 'foo' }),
    code: 'invalid_request',
    description: 'Invalid response_type: foo',
  },
  {
    name: 'an unknown client',
    parameters: just({ client_id: '1-no.apps.googleusercontent.com' }),
    code: 'invalid_client',
    status: 401,
    description: 'The OAuth client was not found.',
  },
  {
    name: 'an invalid scope',
    parameters: just({ scope: 'foo' }),
    code: 'invalid_scope',
    description: 'Some requested scopes were invalid. {invalid=[foo]}',
  },
  {
    name: 'good and bad scopes',
    parameters: just({ scope: 'openid foo email' }),
    code: 'invalid_scope',
    description: 'Some requested scopes were invalid. {valid=[openid, email], invalid=[foo]}',
  },
  {
    name: 'a misspelled Drive scope',
    parameters: just({ scope: `${driveAppdata}a` }),
    code: 'invalid_scope',
    description: `Some requested scopes were invalid. {invalid=[${driveAppdata}a]}`,
  },
  {
    name: 'an unknown PKCE method',
    parameters: just({ code_challenge: 'a'.repeat(43), code_challenge_method: 'S512' }),
    code: 'invalid_request',
    description: "Invalid parameter value for code_challenge_method: 'S512' is not a valid CodeChallengeMethod",
  },
  {
    name: 'a challenge of 42 characters',
    parameters: just({ code_challenge: 'a'.repeat(42), code_challenge_method: 'S256' }),
    code: 'invalid_request',
    description: expect.stringMatching(/code_challenge/),
  },
  {
    name: 'an unknown access_type',
    parameters: just({ access_type: 'ofline' }),
    code: 'invalid_request',
    description: expect.stringMatching(/ofline/),
  },
  {
    name: 'an unknown response_mode',
    parameters: just({ response_mode: 'web_message' }),
    code: 'invalid_request',
    description: 'Invalid response_mode: web_message',
  },
  {
    name: 'an unknown prompt',
    parameters: just({ prompt: 'login' }),
    code: 'invalid_request',
    description: expect.stringMatching(/login/),
  },
  {
    name: 'none together with another prompt',
    parameters: just({ prompt: 'none consent' }),
    code: 'invalid_request',
    description: expect.stringMatching(/none/),
  },
  {
    name: 'the out-of-band URI',
    parameters: just({ redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' }),
    code: 'invalid_request',
    description: expect.stringMatching(
      /^The out-of-band \(OOB\) flow has been blocked in order to keep users secure\./,
    ),
  },
  {
    name: 'plain http to another host',
    parameters: just({ redirect_uri: 'http://app.example/cb' }),
    code: 'invalid_request',
    description: policy,
    helpUrl: expect.stringMatching(/policies#secure-response-handling$/),
  },
  {
    name: 'an https redirect of a desktop client',
    parameters: just({ redirect_uri: 'https://app.example/cb' }),
    code: 'redirect_uri_mismatch',
    description: mismatch,
    helpUrl: expect.stringMatching(/#authorization-errors-redirect-uri-mismatch$/),
  },
  {
    name: 'a custom scheme of a desktop client',
    parameters: just({ redirect_uri: 'com.example.app:/cb' }),
    code: 'invalid_request',
    description: expect.stringMatching(/Custom scheme/),
  },
  {
    name: 'a host that only starts like loopback',
    parameters: just({ redirect_uri: 'http://127.0.0.1.evil.example/cb' }),
    code: 'invalid_request',
    description: policy,
    helpUrl: expect.stringMatching(/policies#secure-response-handling$/),
  },
  {
    name: 'loopback as a user name',
    parameters: just({ redirect_uri: 'http://127.0.0.1@evil.example/cb' }),
    code: 'invalid_request',
    description: policy,
    helpUrl: expect.stringMatching(/policies#secure-response-handling$/),
  },
  {
    name: 'a redirect URI that is not a URI',
    parameters: just({ redirect_uri: 'callback' }),
    code: 'invalid_request',
    description: expect.stringMatching(/Missing scheme/),
  },
  {
    name: 'a fragment in the redirect URI',
    parameters: just({ redirect_uri: 'http://127.0.0.1/#x' }),
    code: 'invalid_request',
    description: expect.stringMatching(/Fragment/),
  },
  {
    name: 'another port of a web client',
    parameters: web({ redirect_uri: 'http://localhost:8081/oauth2callback' }),
    code: 'redirect_uri_mismatch',
    description: mismatch,
  },
  {
    name: 'an extra slash',
    parameters: web({ redirect_uri: `${webRedirectUri}/` }),
    code: 'redirect_uri_mismatch',
    description: mismatch,
  },
  {
    name: 'another case',
    parameters: web({ redirect_uri: 'http://localhost:8080/OAuth2Callback' }),
    code: 'redirect_uri_mismatch',
    description: mismatch,
  },
  {
    name: 'an unregistered https URI of a web client',
    parameters: web({ redirect_uri: 'https://app.example/cb' }),
    code: 'redirect_uri_mismatch',
    description: mismatch,
  },
  {
    name: 'a custom scheme of a web client',
    parameters: web({ redirect_uri: 'com.example.app:/cb' }),
    code: 'invalid_request',
    description: "Custom scheme URIs are not allowed for 'WEB' client type.",
  },
  {
    name: 'a private address',
    parameters: web({ redirect_uri: 'http://192.168.1.2/cb' }),
    code: 'invalid_request',
    description: 'device_id and device_name are required for private IP: http://192.168.1.2/cb',
  },
  {
    name: 'loopback of a limited-input client',
    parameters: tv,
    code: 'invalid_request',
    description: expect.stringMatching(/^The loopback flow has been blocked in order to keep users secure/),
  },
]

describe('an authorization request that Google would reject', () => {
  test.for(refusals)(
    '$name never reaches the app',
    async ({ parameters, code, status, description, helpUrl }, { google }) => {
      const sent = parameters(google)
      const answer = await send(authorizationUrl(google, sent))
      expect(answer.status).toBe(302)
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=UTF-8',
        'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
        'x-frame-options': 'DENY',
      })
      const location = new URL(answer.headers.location ?? '')
      expect(`${location.origin}${location.pathname}`).toBe(`${google.issuer}/signin/oauth/error`)
      expect([...location.searchParams.keys()]).toEqual(['authError', 'client_id', 'flowName'])
      expect(location.searchParams.get('flowName')).toBe('GeneralOAuthFlow')
      const error = decodeAuthorizationError(location.searchParams.get('authError') ?? '')
      expect(error).toMatchObject({ code, status: status ?? 400, description, ...(helpUrl ? { helpUrl } : {}) })
      const aboutUri = code === 'redirect_uri_mismatch' ? [{ name: 'redirect_uri', value: sent['redirect_uri'] }] : []
      expect(error?.details).toEqual(expect.arrayContaining(aboutUri))
      const page = await send(location.href)
      expect(page.status).toBe(200)
      expect(page.body).toContain('Access blocked: Authorization Error')
      expect(page.body).toContain(`Error ${status ?? 400}: ${code}`)
    },
  )

  test('a parameter sent twice', async ({ google }) => {
    const { headers } = await send(`${authorizationUrl(google)}&state=other`)
    const error = decodeAuthorizationError(new URL(headers.location ?? '').searchParams.get('authError') ?? '')
    expect(error?.description).toBe('OAuth 2 parameters can only have a single value: state')
  })

  test('the authError of a captured response can be decoded: the encoding is Google’s', () => {
    // Field 1 code, field 2 description, field 4 status, as in the decoded captures of evidence B2.
    const captured = Buffer.concat([
      Buffer.from([0x0a, 14]),
      Buffer.from('invalid_client'),
      Buffer.from([0x12, 31]),
      Buffer.from('The OAuth client was not found.'),
      Buffer.from([0x20, 0x91, 0x03]),
    ])
    expect(decodeAuthorizationError(captured.toString('base64url'))).toEqual({
      code: 'invalid_client',
      status: 401,
      description: 'The OAuth client was not found.',
      details: [],
    })
  })

  test.each([
    ['a status', [0x0a, 1, 0x61]],
    ['a code', [0x20, 0x01]],
  ])('an authError without %s is none', (_, bytes) => {
    expect(decodeAuthorizationError(Buffer.from(bytes).toString('base64url'))).toBeUndefined()
  })

  test('a detail of authError that cannot be decoded is empty', () => {
    const damaged = Buffer.from([0x0a, 1, 0x61, 0x20, 0x01, 0x2a, 1, 0xff])
    expect(decodeAuthorizationError(damaged.toString('base64url'))).toMatchObject({
      code: 'a',
      details: [{ name: '', value: '' }],
    })
  })

  test.for(['', '!!', 'AAAA', 'Cg', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f]).toString('base64url')])(
    'the error page survives authError "%s"',
    async (authError, { google }) => {
      const page = await send(`${google.issuer}/signin/oauth/error?authError=${encodeURIComponent(authError)}`)
      expect(page.status).toBe(200)
      expect(page.body).toContain('Error 400: invalid_request')
    },
  )
})

describe('a valid authorization request', () => {
  test.for([
    'http://127.0.0.1:1234/any/path',
    'http://127.0.0.1',
    'http://[::1]:1234/',
    'http://localhost:1234/cb?keep=this',
  ])('a desktop client can use %s', async (redirect_uri, { google }) => {
    const answer = await send(authorizationUrl(google, { redirect_uri }))
    expect(answer.headers.location).toMatch(`${google.issuer}/v3/signin/identifier?`)
  })

  test('first goes to the sign-in page, so client and redirect URI can be checked without a browser', async ({
    google,
  }) => {
    for (const path of ['/o/oauth2/v2/auth', '/o/oauth2/auth']) {
      const answer = await send(authorizationUrl(google).replace('/o/oauth2/v2/auth', path))
      expect(answer.status).toBe(302)
      const page = await send(answer.headers.location ?? '')
      expect(page.status).toBe(200)
      expect(page.body).toContain('name="decision" value="allow"')
    }
  })

  test('the response has state, iss, code, scope, authuser and prompt, in that order', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google))
    const answer = new URL(url).searchParams
    expect([...answer.keys()]).toEqual(['state', 'iss', 'code', 'scope', 'authuser', 'prompt'])
    expect(Object.fromEntries(answer)).toMatchObject({
      state: 'the state',
      iss: google.issuer,
      code: expect.stringMatching(/^4\/0A/),
      scope: `openid email ${driveAppdata} ${emailScope}`,
      authuser: '0',
      prompt: 'consent',
    })
    expect(url).toContain('code=4/0A')
    expect(url).toContain('state=the%20state')
  })

  test('a Workspace account adds its domain', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google), { account: 'grace@corp.example' })
    expect(new URL(url).searchParams.get('hd')).toBe('corp.example')
    expect(new URL(url).searchParams.get('authuser')).toBe('1')
  })

  test('without state the response has none, and the redirect URI keeps its query', async ({ google }) => {
    const asked = authorizationUrl(google, { state: null, redirect_uri: 'http://localhost:9/cb?keep=this' })
    const answer = new URL((await answerConsent(asked)).url).searchParams
    expect(answer.has('state')).toBe(false)
    expect(answer.get('keep')).toBe('this')
    expect(answer.has('code')).toBe(true)
  })

  test('state is returned unchanged, whatever it contains', async ({ google }) => {
    const state = 'a b+c&d=e#f/ü"<>%25'
    const { url } = await answerConsent(authorizationUrl(google, { state }))
    expect(new URL(url).searchParams.get('state')).toBe(state)
  })

  test('a denial returns access_denied, the state and the issuer', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google), { decision: 'deny' })
    expect(url).toBe(`http://127.0.0.1:9/callback?error=access_denied&state=the%20state&iss=${google.issuer}`)
  })

  test('a denial can also come without the issuer', async ({ google }) => {
    google.arm({ on: 'authorize', fault: 'no-iss' })
    const { url } = await answerConsent(authorizationUrl(google), { decision: 'deny' })
    expect(url).toBe('http://127.0.0.1:9/callback?error=access_denied&state=the%20state')
  })

  test.for([
    {
      what: 'a web app that asks only for sign-in scopes gets a form-encoded response',
      request: { redirect_uri: webRedirectUri, scope: 'openid email' },
      like: (issuer: string) => `state=the+state&iss=${encodeURIComponent(issuer)}&code=4%2F0A`,
    },
    {
      what: 'a web app that asks for an API gets slashes, colons and %20',
      request: { redirect_uri: webRedirectUri, scope: `openid ${driveAppdata}` },
      like: (issuer: string) => `state=the%20state&iss=${issuer}&code=4/0A`,
    },
    {
      what: 'a desktop app that asks only for sign-in scopes gets slashes, colons and %20',
      request: { redirect_uri: 'http://127.0.0.1:9/callback', scope: 'openid email' },
      like: (issuer: string) => `state=the%20state&iss=${issuer}&code=4/0A`,
    },
  ])('$what', async ({ request, like }, { google }) => {
    const type = request.redirect_uri === webRedirectUri ? 'web' : 'desktop'
    const { client_id } = credentials(google, type)
    const { url } = await answerConsent(authorizationUrl(google, { client_id, ...request }))
    expect(url.slice(request.redirect_uri.length + 1)).toMatch(like(google.issuer))
  })

  test('a response without a sign-in scope names neither session nor prompt', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google, { scope: driveAppdata }))
    expect([...new URL(url).searchParams.keys()]).toEqual(['state', 'iss', 'code', 'scope'])
  })

  test('unticked scopes are not granted', async ({ google }) => {
    const asked = authorizationUrl(google, { scope: `openid email profile ${driveAppdata}` })
    const { url } = await answerConsent(asked, { scopes: ['profile'] })
    const answer = new URL(url).searchParams
    expect(answer.get('scope')).toBe(`openid profile ${profileScope}`)
    const tokens = await exchange(google, answer.get('code') ?? '', {
      ...credentials(google, 'desktop'),
      redirect_uri: 'http://127.0.0.1:9/callback',
    })
    expect(tokens.json.scope.split(' ').toSorted()).toEqual([profileScope, 'openid'].toSorted())
  })

  test('ticking nothing, or a scope that was not requested, grants nothing', async ({ google }) => {
    expect((await answerConsent(authorizationUrl(google), { scopes: [] })).url).toContain('error=access_denied')
    const query = new URL(authorizationUrl(google, { scope: 'openid' })).search.slice(1)
    const form = { request: query, account: 'ada@example.com', scope: driveAppdata, decision: 'allow' }
    const answer = await postForm(`${google.issuer}/signin/oauth/consent`, form)
    expect(answer.headers.location).toContain('error=access_denied')
  })

  test('the form is accepted only from the consent page', async ({ google }) => {
    const request = new URL(authorizationUrl(google)).search.slice(1)
    const form = { request, account: 'ada@example.com', scope: 'openid', decision: 'allow' }
    const url = `${google.issuer}/signin/oauth/consent`
    expect((await postForm(url, form, { origin: 'https://evil.example' })).status).toBe(403)
    const host = `evil.example:${new URL(google.issuer).port}`
    const rebound = await postForm(url, form, { host, origin: `http://${host}` })
    expect(rebound.status).toBe(403)
    expect((await postForm(url, form, { origin: google.issuer })).headers.location).toContain('code=')
  })

  test.for([{ decision: 'ALLOW' }, { account: 'nobody@example.com' }, { account: '' }])(
    'a form with %j is rejected, and the app is not notified',
    async (fields, { google }) => {
      const request = new URL(authorizationUrl(google)).search.slice(1)
      const form = { request, account: 'ada@example.com', scope: 'openid', decision: 'allow', ...fields }
      const answer = await postForm(`${google.issuer}/signin/oauth/consent`, form)
      expect(answer.status).toBe(400)
      expect(answer.headers).not.toHaveProperty('location')
      expect(answer.body).not.toMatch(/http-equiv|<script|code=/)
    },
  )

  test('an unused consent answer is an error, and so is a misspelled option', async ({ autoGoogle }) => {
    const denial = answerConsent(authorizationUrl(autoGoogle), { decision: 'deny' })
    await expect(denial).rejects.toThrow('there was no consent page')
    await expect(startEmulator({ autoconsent: true } as never)).rejects.toThrow('there is no option "autoconsent"')
    const clients = [{ clientId: '7-mine', clientSecret: 's' }]
    await expect(startEmulator({ clients } as never)).rejects.toThrow('a client must have a type')
    await expect(startEmulator({ host: 5 } as never)).rejects.toThrow('"host" must be of type string')
    await expect(autoGoogle.createCode({ accont: 'x' } as never)).rejects.toThrow('has no member "accont"')
  })

  test('a request changed inside the form is checked again', async ({ google }) => {
    const evil = authorizationUrl(google, { redirect_uri: 'https://evil.example/cb' })
    const form = {
      request: new URL(evil).search.slice(1),
      account: 'ada@example.com',
      scope: 'openid',
      decision: 'allow',
    }
    const answer = await postForm(`${google.issuer}/signin/oauth/consent`, form)
    expect(answer.headers.location).toMatch(`${google.issuer}/signin/oauth/error?`)
  })

  test('prompt=none cannot show a page and returns interaction_required', async ({ google }) => {
    const answer = await send(authorizationUrl(google, { prompt: 'none' }))
    expect(answer.headers.location).toBe(
      `http://127.0.0.1:9/callback?state=the%20state&iss=${google.issuer}&error_subtype=access_denied&error=interaction_required`,
    )
  })

  test.for([{ login_hint: 'grace@corp.example' }, { login_hint: '110000000000000000002' }, { hd: 'corp.example' }])(
    '%o preselects the account',
    async (hint, { google }) => {
      const { url } = await answerConsent(authorizationUrl(google, hint))
      expect(new URL(url).searchParams.get('authuser')).toBe('1')
    },
  )

  test('include_granted_scopes adds scopes the project already has, for web clients only', async ({ google }) => {
    await answerConsent(authorizationUrl(google, { ...webRequest(google), scope: driveAppdata }))
    const scopesOf = async (parameters: Parameters): Promise<string[]> => {
      const { url } = await answerConsent(authorizationUrl(google, { ...parameters, scope: 'openid' }))
      return (new URL(url).searchParams.get('scope') ?? '').split(' ')
    }
    expect(await scopesOf(webRequest(google))).toEqual(['openid'])
    const included = { include_granted_scopes: 'true' }
    expect(await scopesOf({ ...webRequest(google), ...included })).toEqual(['openid', driveAppdata])
    expect(await scopesOf(included)).toEqual(['openid'])
  })

  test('response_mode=fragment puts the response after the hash', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google, { response_mode: 'fragment' }))
    expect(new URL(url).search).toBe('')
    expect(new URL(url).hash).toContain('code=4/0A')
  })

  test('response_mode=form_post returns a form for the app that submits itself', async ({ google }) => {
    const redirect_uri = 'http://127.0.0.1:9/cb?keep=this&too'
    const asked = authorizationUrl(google, { response_mode: 'form_post', redirect_uri, state: '"><b>' })
    const request = new URL(asked).search.slice(1)
    const form = { request, account: 'ada@example.com', scope: 'openid', decision: 'allow' }
    const page = await postForm(`${google.issuer}/signin/oauth/consent`, form)
    expect(page.status).toBe(200)
    expect(page.headers['cache-control']).toContain('no-store')
    expect(page.body).toContain('<form method="post" action="http://127.0.0.1:9/cb?keep=this&amp;too">')
    expect(page.body).toContain('<input type="hidden" name="state" value="&quot;&gt;&lt;b&gt;">')
    expect(page.body).toMatch(/<input type="hidden" name="code" value="4\/0A[^"]+">/)
    expect(page.body).toContain('<button class="allow" type="submit">')
    const script = /<script>([^<]*)<\/script>/.exec(page.body)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    const allowed = String(page.headers['content-security-policy']).split('; ')
    expect(allowed).toContain(`script-src 'sha256-${hash}'`)
    expect(allowed).toContain("form-action 'self' http://127.0.0.1:9")
  })

  test('the HTTP browser submits the form of response_mode=form_post to the app', async ({ google }) => {
    const { redirectUri: redirect_uri, received } = await startApp()
    const asked = authorizationUrl(google, { response_mode: 'form_post', redirect_uri })
    const page = await answerConsent(asked)
    expect(page).toEqual({ status: 200, url: redirect_uri, body: 'the app saw POST /cb' })
    expect([...(received[0]?.keys() ?? [])]).toEqual(['state', 'iss', 'code', 'scope', 'authuser', 'prompt'])
    const fields = { ...credentials(google, 'desktop'), redirect_uri }
    expect((await exchange(google, received[0]?.get('code') ?? '', fields)).status).toBe(200)
    await answerConsent(asked, { decision: 'deny' })
    expect([...(received[1] ?? [])]).toEqual([
      ['error', 'access_denied'],
      ['state', 'the state'],
      ['iss', google.issuer],
    ])
  })

  test('the code works with its slash encoded once, but not twice', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google))
    const code = new URL(url).searchParams.get('code') ?? ''
    const spelled = new URL(url.replace('code=4/0A', 'code=4%2F0A'))
    expect(spelled.href).toContain('code=4%2F0A')
    expect(spelled.searchParams.get('code')).toBe(code)
    const fields = { ...credentials(google, 'desktop'), redirect_uri: 'http://127.0.0.1:9/callback' }
    const twice = await exchange(google, encodeURIComponent(code), fields)
    expect(twice.json).toEqual({ error: 'invalid_grant', error_description: 'Malformed auth code.' })
    expect((await exchange(google, code, fields)).status).toBe(200)
  })

  test('the nonce is returned in the ID token', async ({ google }) => {
    const { url } = await answerConsent(authorizationUrl(google, { nonce: 'n-0S6_WzA2Mj' }))
    const { json } = await exchange(google, new URL(url).searchParams.get('code') ?? '', {
      ...credentials(google, 'desktop'),
      redirect_uri: 'http://127.0.0.1:9/callback',
    })
    const claims = JSON.parse(Buffer.from(json.id_token.split('.')[1], 'base64url').toString())
    expect(claims.nonce).toBe('n-0S6_WzA2Mj')
  })

  test('can be posted as a form', async ({ google }) => {
    const { search, href } = new URL(authorizationUrl(google))
    const answer = await postForm(href.slice(0, -search.length), search.slice(1))
    expect(answer.headers.location).toMatch(`${google.issuer}/v3/signin/identifier?`)
  })
})

describe('with automatic consent', () => {
  test('the browser is redirected back immediately, as the hinted or the first account', async ({
    autoGoogle: google,
  }) => {
    const first = await send(authorizationUrl(google))
    expect(first.status).toBe(302)
    expect(first.headers.location).toMatch(
      /^http:\/\/127\.0\.0\.1:9\/callback\?state=.*&code=4\/0A.*&authuser=0&prompt=consent$/,
    )
    const hinted = await send(authorizationUrl(google, { login_hint: 'grace@corp.example' }))
    expect(hinted.headers.location).toContain('authuser=1')
  })

  test('prompt=none works after a consent, and the response says prompt=none', async ({ autoGoogle: google }) => {
    const silent = authorizationUrl(google, { prompt: 'none' })
    expect((await send(silent)).headers.location).toContain('error=interaction_required')
    await send(authorizationUrl(google))
    expect((await send(silent)).headers.location).toMatch(/code=4\/0A.*prompt=none$/)
  })
})

describe('the pages', () => {
  test('the consent page is one plain form: account, a checkbox per scope, allow and deny, no script', async ({
    google,
  }) => {
    const { headers } = await send(authorizationUrl(google, { scope: `openid email profile ${driveAppdata}` }))
    const { body } = await send(headers.location ?? '')
    expect(body.match(/<form /g)).toHaveLength(1)
    expect(body).toContain('<form method="post" action="/signin/oauth/consent">')
    expect(body.match(/type="radio" name="account" value="[^"]+"/g)).toHaveLength(2)
    expect(body.match(/type="checkbox" name="scope" value="[^"]+"/g)).toHaveLength(4)
    expect(body).toContain('type="submit" name="decision" value="allow"')
    expect(body).toContain('type="submit" name="decision" value="deny"')
    expect(body).toContain('Keep its own data in a hidden folder of your Drive')
    expect(body).toContain('Local Google emulator')
    expect(body).not.toMatch(/<script|<img|<link|javascript:|\son\w+=/i)
  })

  test('the consent page offers 20 accounts, the hinted one, and a field for any other', async ({ google }) => {
    for (let number = 3; number <= 25; number++)
      await configure(google, 'POST accounts', { email: `user-${number}@example.com` })
    const pageFor = async (parameters: Parameters): Promise<string> =>
      (await send((await send(authorizationUrl(google, parameters))).headers.location ?? '')).body
    const plain = await pageFor({})
    expect(plain.match(/type="radio" name="account"/g)).toHaveLength(20)
    expect(plain).toContain('Another account (5 not shown)')
    const hinted = await pageFor({ login_hint: 'user-25@example.com' })
    expect(hinted.match(/type="radio" name="account"/g)).toHaveLength(21)
    expect(hinted).toMatch(/value="user-25@example.com"[^>]* checked/)
    const { url } = await answerConsent(authorizationUrl(google, { login_hint: 'USER-25@example.com' }))
    expect(new URL(url).searchParams.get('authuser')).toBe('24')
    const other = await answerConsent(authorizationUrl(google), { account: 'user-24@example.com' })
    expect(new URL(other.url).searchParams.get('authuser')).toBe('23')
    const nobody = await answerConsent(authorizationUrl(google), { account: 'nobody@example.com' })
    expect(nobody).toMatchObject({ status: 400, body: expect.stringContaining('There is no such account.') })
  })

  test('are never cached, never framed, and allow only their own style', async ({ google }) => {
    const consent = await send((await send(authorizationUrl(google))).headers.location ?? '')
    const error = await send((await send(authorizationUrl(google, { scope: 'foo' }))).headers.location ?? '')
    for (const { headers } of [consent, error]) {
      expect(headers['cache-control']).toContain('no-store')
      expect(headers['x-frame-options']).toBe('DENY')
      expect(headers['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'[^;]*; base-uri 'none'; frame-ancestors 'none'$/,
      )
    }
    expect(consent.headers['content-security-policy']).toContain("form-action 'self' http://127.0.0.1:9;")
  })

  test('escape external values', async ({ google }) => {
    const hostile = '"><script>alert(1)</script>'
    const consent = authorizationUrl(google, { redirect_uri: `http://127.0.0.1:9/${hostile}`, state: hostile })
    const error = authorizationUrl(google, { client_id: hostile, response_type: hostile })
    for (const url of [consent, error]) {
      const page = await send((await send(url)).headers.location ?? '')
      expect(page.status).toBe(200)
      expect(page.body).not.toContain('<script')
    }
    const missing = await send(`${google.issuer}/${encodeURIComponent('<script>')}<script>`.replace(/[<>]/g, encodeURI))
    expect(missing.body).not.toContain('<script')
  })
})

test('the HTTP browser ends at the app’s own page', async ({ google }) => {
  const { redirectUri: redirect_uri } = await startApp()
  const page = await answerConsent(authorizationUrl(google, { redirect_uri }))
  expect(page.status).toBe(200)
  expect(page.body).toContain('the app saw GET /cb?state=the%20state&iss=')
})

/** Starts an app that records its requests and keeps the forms it receives. */
async function startApp(): Promise<{ redirectUri: string; received: URLSearchParams[] }> {
  const received: URLSearchParams[] = []
  const origin = await startHttpServer(({ method, url }, response, body) => {
    received.push(new URLSearchParams(body))
    response.end(`the app saw ${method} ${url ?? ''}`)
  })
  return { redirectUri: `${origin}/cb`, received }
}
