import { createVerify } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { accessibilityProblems, heading, overhang, photograph, press, test } from './chromium.ts'
import { clientId, seenBy, startApp } from './gsi.ts'

/** A page with a button for an ID token, and a place for it. */
const buttonPage = (config = '', options = ''): string => `<div id=place></div><script>
window.onGoogleLibraryLoad = () => {
  google.accounts.id.initialize({ client_id: clientId, callback: see, nonce: 'n-1', ${config} })
  google.accounts.id.renderButton(document.getElementById('place'), { ${options} })
}</script>`

/** A page that shows the prompt and notes its moments. */
const promptPage = (config = ''): string => `<script>
window.moments = []
window.ask = () => google.accounts.id.prompt((moment) => moments.push([moment.getMomentType(),
  moment.getNotDisplayedReason() ?? moment.getSkippedReason() ?? moment.getDismissedReason() ?? ''].join(' ').trim()))
window.onGoogleLibraryLoad = () => {
  google.accounts.id.initialize({ client_id: clientId, callback: see, ${config} })
  ask()
}</script>`

const frameOf = (page: Page): ReturnType<Page['frameLocator']> => page.frameLocator('iframe')
const continueAs = (page: Page, name: string): Promise<void> =>
  frameOf(page)
    .getByRole('button', { name: `Continue as ${name}` })
    .click()

/** Returns the claims of an ID token after a check of its signature. */
async function claimsOf(google: Emulator, token: unknown): Promise<Record<string, unknown>> {
  const [header = '', claims = '', signature = ''] = String(token).split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  const certificates = (await (await fetch(`${google.issuer}/oauth2/v1/certs`)).json()) as Record<string, string>
  const check = createVerify('sha256').update(`${header}.${claims}`)
  expect(check.verify(certificates[kid] ?? '', signature, 'base64url')).toBe(true)
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
}

/** Presses the button of a page, and answers in the window that it opens. */
async function signIn(page: Page, button: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in with Google' }).click()
  await press(await opened, button)
}

describe('the sign-in button', () => {
  test('gives the page an ID token with Google’s claims for pages', async ({ google, user }) => {
    const { origin } = await startApp(google, buttonPage('', `state: 'mine'`))
    const page = await user.openBrowser()
    await page.goto(origin)
    await signIn(page)
    const [answer] = await seenBy(page)
    expect(answer).toEqual({ clientId, credential: expect.any(String), select_by: 'btn_confirm', state: 'mine' })
    const claims = await claimsOf(google, answer?.['credential'])
    expect(Object.keys(claims).join()).toBe(
      'iss,azp,aud,sub,email,email_verified,nonce,nbf,name,picture,given_name,family_name,iat,exp,jti',
    )
    expect(claims).toMatchObject({ aud: clientId, email: 'ada@example.com', nonce: 'n-1' })
    expect(Number(claims['iat']) - Number(claims['nbf'])).toBe(300)
    expect(user.misbehaviour).toEqual([])
  })

  test('says btn once the user has consented', async ({ google, user }) => {
    const { origin } = await startApp(google, buttonPage())
    const page = await user.openBrowser()
    await page.goto(origin)
    await signIn(page)
    await seenBy(page)
    await page.evaluate('void (seen.length = 0)')
    await signIn(page)
    expect(await seenBy(page)).toMatchObject([{ select_by: 'btn' }])
  })

  test('posts the ID token to the login endpoint in redirect mode, with the token of the cookie', async ({
    google,
    user,
  }) => {
    const config = `ux_mode: 'redirect', login_uri: location.origin + '/login'`
    const { origin, posted } = await startApp(google, buttonPage(config, `state: 'mine'`))
    const page = await user.openBrowser()
    await page.goto(origin)
    await page.getByRole('button', { name: 'Sign in with Google' }).click()
    await press(page, 'Allow')
    await page.waitForURL(`${origin}/login`)
    const [{ form, cookie, path } = { form: new URLSearchParams(), cookie: '', path: '' }] = posted
    expect(path).toBe('/login')
    expect([...form.keys()].toSorted()).toEqual(['credential', 'g_csrf_token', 'select_by', 'state'])
    expect(cookie).toContain(`g_csrf_token=${form.get('g_csrf_token')}`)
    expect(await claimsOf(google, form.get('credential'))).toMatchObject({ email: 'ada@example.com', nonce: 'n-1' })
  })

  const looks = [
    { name: 'standard', options: '' },
    { name: 'filled-pill', options: `theme: 'filled_blue', shape: 'pill', text: 'continue_with', width: 300` },
    { name: 'black-small', options: `theme: 'filled_black', size: 'small', text: 'signup_with'` },
    { name: 'icon', options: `type: 'icon', shape: 'circle'` },
  ]
  test.for(looks)('fits a phone: $name', async ({ name, options }, { google, user }) => {
    const { origin } = await startApp(google, buttonPage('', options))
    const page = await user.openBrowser()
    await page.goto(origin)
    await page.getByRole('button', { name: /Google$/ }).waitFor()
    await photograph(page, `gsi-button-${name}`)
    expect(await overhang(page)).toBe(0)
  })

  test('works under a content security policy without inline styles', async ({ google, user }) => {
    const policy = `script-src 'unsafe-inline' ${google.issuer}; style-src 'none'; connect-src ${google.issuer}; frame-src ${google.issuer}`
    const { origin } = await startApp(google, buttonPage(), { 'content-security-policy': policy })
    const page = await user.openBrowser()
    await page.goto(origin)
    await signIn(page)
    expect(await seenBy(page)).toMatchObject([{ clientId }])
    expect(user.misbehaviour).toEqual([])
  })
})

describe('the prompt', () => {
  test('gives the page an ID token for the account that the user picks', async ({ google, user }) => {
    const { origin } = await startApp(google, promptPage())
    const page = await user.openBrowser()
    await page.goto(origin)
    await frameOf(page).getByRole('button', { name: 'Not now' }).waitFor()
    await photograph(page, 'gsi-prompt')
    expect(await accessibilityProblems(page, page.frames()[1])).toEqual([])
    await continueAs(page, 'Grace Hopper')
    const [answer] = await seenBy(page)
    expect(answer).toMatchObject({ clientId, select_by: 'user_1tap' })
    expect(await claimsOf(google, answer?.['credential'])).toMatchObject({ hd: 'corp.example' })
    expect(await page.evaluate('moments')).toEqual(['display', 'dismissed credential_returned'])
    expect(await page.locator('iframe').count()).toBe(0)
    expect(user.misbehaviour).toEqual([])
  })

  test('goes when the user dismisses it, clicks elsewhere or the page cancels it', async ({ google, user }) => {
    const { origin } = await startApp(google, promptPage())
    const page = await user.openBrowser()
    await page.goto(origin)
    await frameOf(page).getByRole('button', { name: 'Not now' }).click()
    await page.waitForFunction('moments.length === 2')
    await page.evaluate('ask()')
    await page.waitForFunction('moments.length === 3')
    await page.getByRole('heading').click()
    await page.evaluate('ask()')
    await page.waitForFunction('moments.length === 5')
    await page.evaluate('google.accounts.id.cancel()')
    expect(await page.evaluate('moments')).toEqual([
      'display',
      'skipped user_cancel',
      'display',
      'skipped tap_outside',
      'display',
      'dismissed cancel_called',
    ])
    expect(await page.evaluate('seen')).toEqual([])
  })

  test('selects the only known account by itself, until the page disables that', async ({ google, user }) => {
    const { origin } = await startApp(google, promptPage('auto_select: true'))
    const page = await user.openBrowser()
    await page.goto(origin)
    await continueAs(page, 'Ada Lovelace')
    await seenBy(page)
    await page.reload()
    expect(await seenBy(page)).toMatchObject([{ select_by: 'auto' }])
    await page.evaluate('google.accounts.id.disableAutoSelect()')
    await page.reload()
    await continueAs(page, 'Ada Lovelace')
    expect(await seenBy(page)).toMatchObject([{ select_by: 'user' }])
  })

  test('is not shown to a page whose origin is not registered', async ({ google, user }) => {
    const other = await startApp(google, promptPage())
    await startApp(google, '')
    const page = await user.openBrowser()
    await page.goto(other.origin)
    await page.waitForFunction('moments.length > 0')
    expect(await page.evaluate('moments')).toEqual(['display unregistered_origin'])
    expect(user.misbehaviour.join()).toContain('[GSI_LOGGER]: The given origin is not allowed for the given client ID.')
  })

  test('cannot be framed by another page', async ({ google, user }) => {
    const { origin } = await startApp(google, promptPage())
    const page = await user.openBrowser()
    await page.goto(origin)
    const address = await page.locator('iframe').getAttribute('src')
    await frameOf(page).getByRole('button', { name: 'Not now' }).waitFor()
    const other = await startApp(google, `<iframe src="${address?.replaceAll('&', '&amp;')}"></iframe>`)
    await page.goto(other.origin)
    await page.waitForLoadState('networkidle')
    expect(await frameOf(page).getByRole('button').count()).toBe(0)
    expect(user.misbehaviour.join()).toMatch(/frame-ancestors|x-frame-options/i)
  })

  test('forgets the user after revoke', async ({ google, user }) => {
    const { origin } = await startApp(google, promptPage('auto_select: true'))
    const page = await user.openBrowser()
    await page.goto(origin)
    await continueAs(page, 'Ada Lovelace')
    await seenBy(page)
    const revoke = `new Promise((done) => google.accounts.id.revoke('ada@example.com', done))`
    expect(await page.evaluate(revoke)).toEqual({ successful: true })
    expect(await page.evaluate(revoke)).toMatchObject({ successful: false })
    await page.reload()
    await continueAs(page, 'Ada Lovelace')
    expect(await seenBy(page)).toMatchObject([{ select_by: 'user_1tap' }])
  })
})

describe('the HTML API', () => {
  test('calls the named function for the button and the prompt', async ({ google, user }) => {
    const { origin } = await startApp(
      google,
      `<script>window.app = { signedIn: see }</script>
<div id="g_id_onload" data-client_id="${clientId}" data-callback="app.signedIn" data-nonce="n-2"></div>
<div class="g_id_signin" data-type="standard" data-theme="filled_blue"></div>`,
    )
    const page = await user.openBrowser()
    await page.goto(origin)
    await continueAs(page, 'Ada Lovelace')
    const [answer] = await seenBy(page)
    expect(await claimsOf(google, answer?.['credential'])).toMatchObject({ nonce: 'n-2' })
    await page.evaluate('void (seen.length = 0)')
    await signIn(page)
    expect(await seenBy(page)).toMatchObject([{ select_by: 'btn' }])
  })

  test('posts to the login endpoint if there is no function', async ({ google, user }) => {
    const { origin, posted } = await startApp(
      google,
      `<div id="g_id_onload" data-client_id="${clientId}" data-login_uri="/login" data-auto_prompt="false"></div>
<div class="g_id_signin"></div>`,
    )
    const page = await user.openBrowser()
    await page.goto(origin)
    await signIn(page)
    await page.waitForURL(`${origin}/login`)
    const [{ form, cookie } = { form: new URLSearchParams(), cookie: '' }] = posted
    expect(form.get('select_by')).toBe('btn_confirm')
    expect(cookie).toContain(`g_csrf_token=${form.get('g_csrf_token')}`)
    expect(await claimsOf(google, form.get('credential'))).toMatchObject({ aud: clientId })
  })

  test('shows Google’s error in the window if the page is not registered', async ({ google, user }) => {
    const other = await startApp(google, buttonPage())
    await startApp(google, '')
    const page = await user.openBrowser()
    await page.goto(other.origin)
    const opened = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Sign in with Google' }).click()
    expect(await heading(await opened)).toBe('Access blocked: Authorization Error')
  })
})
