import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  configure,
  control,
  credentials,
  exchange,
  postForm,
  refresh,
  send,
  signIn,
} from './raw-http.ts'
import { test } from './with-google.ts'

/** Returns the text of the page where the browser ends up. */
async function pageAfterConsent(google: Emulator, account: string): Promise<string> {
  const { body, url } = await answerConsent(authorizationUrl(google), { account })
  return url.includes('/signin/oauth/error?') ? body : `went to ${url}`
}

describe('an account that the app does not admit', () => {
  test.for([
    {
      why: 'is not a test user',
      request: 'POST projects',
      body: { publishingStatus: 'testing', testUsers: ['grace@corp.example'] },
      account: 'ada@example.com',
      shown: ['Error 403: access_denied', 'currently being tested', '<dt>redirect_uri</dt>'],
    },
    {
      why: 'is outside the organization',
      request: 'POST projects',
      body: { organization: 'corp.example' },
      account: 'ada@example.com',
      shown: ['Error 403: org_internal'],
    },
    {
      why: 'has an administrator who blocks the app',
      request: 'PATCH accounts',
      body: { account: 'grace@corp.example', blockedByAdmin: true },
      account: 'grace@corp.example',
      shown: ['Error 400: admin_policy_enforced'],
    },
  ])('because it $why gets the error page, and an SDK gets no code', async (row, { google }) => {
    await configure(google, row.request, row.body)
    const page = await pageAfterConsent(google, row.account)
    for (const text of row.shown) expect(page).toContain(text)
    await expect(google.createCode({ account: row.account })).rejects.toThrow('Google would reject this sign-in')
    const other = row.account === 'ada@example.com' ? 'grace@corp.example' : 'ada@example.com'
    expect(await pageAfterConsent(google, other)).toMatch(/^went to http:\/\/127\.0\.0\.1:9\/callback\?.*code=/)
  })

  test('also gets no token once an administrator blocks the app', async ({ google }) => {
    const account = 'grace@corp.example'
    const { refresh_token } = await signIn(google, { account })
    const code = await google.createCode({ account })
    await configure(google, 'PATCH accounts', { account, blockedByAdmin: true })
    for (const answer of [await refresh(google, refresh_token), await exchange(google, code)]) {
      expect({ status: answer.status, error: answer.json.error }).toEqual({
        status: 400,
        error: 'admin_policy_enforced',
      })
    }
    await configure(google, 'PATCH accounts', { account, blockedByAdmin: false })
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })

  test('keeps its tokens when it stops being a test user', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    await configure(google, 'POST projects', { publishingStatus: 'testing', testUsers: [] })
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })
})

describe('a client that is', () => {
  test.for(['deleted', 'disabled'] as const)(
    '%s is rejected by the page and the token endpoint',
    async (status, { google }) => {
      const { client_id: clientId } = credentials(google, 'desktop')
      await configure(google, 'PATCH clients', { clientId, status })
      const { headers } = await send(authorizationUrl(google))
      const { body } = await send(headers.location ?? '')
      expect(body).toContain(`Error 401: ${status}_client`)
      expect(body).toContain(`The OAuth client was ${status}.`)
      const fields = { grant_type: 'refresh_token', refresh_token: 'x', ...credentials(google, 'desktop') }
      const answer = await postForm(`${google.issuer}/token`, fields)
      expect({ status: answer.status, ...answer.json }).toEqual({
        status: 401,
        error: `${status}_client`,
        error_description: `The OAuth client was ${status}.`,
      })
      await configure(google, 'PATCH clients', { clientId, status: 'active' })
      expect((await postForm(`${google.issuer}/token`, fields)).json.error).toBe('invalid_grant')
    },
  )

  test('given another secret is rejected with the old one', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    await configure(google, 'PATCH clients', { clientId: credentials(google).client_id, clientSecret: 'GOCSPX-new' })
    expect((await refresh(google, refresh_token, { client_secret: 'GOCSPX-emulator-web' })).json.error).toBe(
      'invalid_client',
    )
    expect((await refresh(google, refresh_token, { client_secret: 'GOCSPX-new' })).status).toBe(200)
  })
})

describe('the control API', () => {
  test.for([
    ['PATCH accounts', {}, '"account" must name an account'],
    ['PATCH accounts', { account: 'nobody@example.com' }, 'there is no account nobody@example.com'],
    ['PATCH accounts', { account: 'ada@example.com', sessionSeconds: -1 }, '"sessionSeconds" must be a whole number'],
    ['PATCH clients', {}, 'there is no client'],
    [
      'PATCH clients',
      { clientId: '100000000001-tv.apps.googleusercontent.com', status: 'gone' },
      '"status" must be one of',
    ],
    ['POST projects', { publishingStatus: 'beta' }, '"publishingStatus" must be one of'],
    ['POST projects', { project: 'mine' }, '"project" must be a project number'],
    ['POST accounts/password', { account: 'nobody@example.com' }, 'there is no account nobody@example.com'],
  ] as const)('rejects %s %j with a message', async ([request, body, message], { google }) => {
    const answer = await control(google, request, body)
    expect(answer.status).toBe(400)
    expect(answer.json.error).toContain(message)
  })

  test('adds no account with an invalid setting, and finds a free sub', async ({ google }) => {
    const account = { email: 'x@example.com', sessionSeconds: -1 }
    expect((await control(google, 'POST accounts', account)).status).toBe(400)
    expect((await control(google, 'POST accounts', { ...account, sessionSeconds: 1 })).status).toBe(200)
    await configure(google, 'POST accounts', { email: 'y@example.com', sub: '110000000000000000005' })
    const next = await control(google, 'POST accounts', { email: 'z@example.com' })
    expect(next.json.account.sub).toBe('110000000000000000006')
  })

  test('does not move the clock past the year 9999', async ({ google }) => {
    const refused = await control(google, 'POST clock', { advance: '999999999d' })
    expect(refused.json.error).toBe('the clock cannot go past the year 9999')
    expect((await send(`${google.issuer}/oauth2/v3/certs`)).status).toBe(200)
  })

  test('shows no secrets and no overlong values in the journal', async ({ google }) => {
    const fields = {
      id_token_hint: 'secret-1',
      password: 'secret-2',
      client_assertion: 'secret-3',
      x: 'y'.repeat(500_000),
    }
    await postForm(`${google.issuer}/nowhere`, fields)
    const journal = JSON.stringify(google.requests())
    expect(journal).not.toContain('secret-')
    expect(journal.length).toBeLessThan(20_000)
  })

  test('lists accounts, clients and projects', async ({ google }) => {
    await configure(google, 'POST projects', { publishingStatus: 'testing', testUsers: ['ada@example.com'] })
    expect((await send(`${google.controlUrl}/accounts`)).json.accounts).toHaveLength(2)
    expect((await send(`${google.controlUrl}/clients`)).json.clients).toHaveLength(3)
    expect((await send(`${google.controlUrl}/projects`)).json.projects).toEqual([
      { number: '100000000001', publishingStatus: 'testing', testUsers: ['ada@example.com'] },
    ])
  })
})
