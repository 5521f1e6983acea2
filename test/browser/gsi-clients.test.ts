import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { startGoogle } from '../emulator/with-google.ts'
import { heading, photograph, press, test } from './chromium.ts'
import { exchangeOf, seenBy, startApp } from './gsi.ts'

const drive = 'https://www.googleapis.com/auth/drive.appdata'

/** A page whose button opens the window of a code client. */
const codePage = (more = ''): string => `<button onclick="
  google.accounts.oauth2.initCodeClient({
    client_id: clientId, scope: 'openid email ${drive}', state: 'mine', callback: see,
    error_callback: ({ type, message }) => see({ type, message }), ${more}
  }).requestCode()">Connect</button>`

/** A page whose button opens the window of a token client. */
const tokenPage = `<button onclick="
  google.accounts.oauth2.initTokenClient({
    client_id: clientId, scope: 'email', callback: see, error_callback: ({ type }) => see({ type }),
  }).requestAccessToken({ scope: 'email ${drive}', state: 'again', hint: 'grace@corp.example' })">Connect</button>`

/** Presses the page's button, and returns the window that it opens. */
async function openWindow(page: Page): Promise<Page> {
  await page.waitForFunction('window.google?.accounts')
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Connect' }).click()
  return await opened
}

const openerPolicies = ['unsafe-none', 'same-origin-allow-popups', 'same-origin']

describe.for(openerPolicies)('a page with the opener policy %s', (policy) => {
  const headers = { 'cross-origin-opener-policy': policy }

  test('gets a code from its window that its backend exchanges with postmessage', async ({ google, user }) => {
    const { origin } = await startApp(google, codePage(), headers)
    const page = await user.openBrowser()
    await page.goto(origin)
    const popup = await openWindow(page)
    expect(await heading(popup)).toBe('An app wants to use your Google account')
    await photograph(popup, 'gsi-window')
    const closed = popup.waitForEvent('close')
    await press(popup, 'Allow')
    const [answer] = await seenBy(page)
    expect(answer).toEqual({
      code: expect.stringMatching(/^4\/0A/),
      scope: expect.stringContaining(drive),
      state: 'mine',
      authuser: '0',
      prompt: 'consent',
    })
    const tokens = (await (await exchangeOf(google, answer?.['code'])).json()) as Record<string, unknown>
    expect(tokens).toMatchObject({ refresh_token: expect.any(String), id_token: expect.any(String) })
    await closed
    expect(user.misbehaviour).toEqual([])
  })

  test('gets access_denied when the user denies', async ({ google, user }) => {
    const { origin } = await startApp(google, codePage(), headers)
    const page = await user.openBrowser()
    await page.goto(origin)
    await press(await openWindow(page), 'Deny')
    expect(await seenBy(page)).toEqual([{ error: 'access_denied', state: 'mine' }])
  })

  test('gets popup_closed when the user closes the window', async ({ google, user }) => {
    const { origin } = await startApp(google, codePage(), headers)
    const page = await user.openBrowser()
    await page.goto(origin)
    const popup = await openWindow(page)
    await heading(popup)
    await popup.close()
    expect(await seenBy(page)).toEqual([{ type: 'popup_closed', message: 'Popup window closed' }])
  })
})

test('a page signs in at the address of its script tag, whatever the issuer', async ({ user }) => {
  const google = await startGoogle({ issuer: 'https://accounts.google.com' })
  const { origin } = await startApp(google, codePage())
  const page = await user.openBrowser()
  await page.goto(origin)
  await press(await openWindow(page), 'Allow')
  expect(await seenBy(page)).toMatchObject([{ code: expect.stringMatching(/^4\/0A/) }])
  expect(user.misbehaviour).toEqual([])
})

test('a page gets popup_closed when the window is closed before it has loaded', async ({ google, user }) => {
  const { origin } = await startApp(google, codePage())
  const page = await user.openBrowser()
  await page.goto(origin)
  await page.evaluate('window.open = () => ({ closed: true })')
  await page.waitForFunction('window.google?.accounts')
  await page.getByRole('button', { name: 'Connect' }).click()
  expect(await seenBy(page)).toMatchObject([{ type: 'popup_closed' }])
})

test('a page gets unknown when it cannot ask for a window that it lost', async ({ google, user }) => {
  const { origin } = await startApp(google, codePage())
  const page = await user.openBrowser()
  await page.route('**/gsi/relay?**', (route) => route.abort())
  await page.goto(origin)
  await page.evaluate('window.open = () => ({ closed: true })')
  await page.waitForFunction('window.google?.accounts')
  await page.getByRole('button', { name: 'Connect' }).click()
  expect(await seenBy(page)).toMatchObject([{ type: 'unknown' }])
})

test('a page gets popup_failed_to_open when the browser blocks the window', async ({ google, user }) => {
  const { origin } = await startApp(google, codePage())
  const page = await user.openBrowser()
  await page.addInitScript('window.open = () => null')
  await page.goto(origin)
  await page.waitForFunction('window.google?.accounts')
  await page.getByRole('button', { name: 'Connect' }).click()
  expect(await seenBy(page)).toEqual([
    { type: 'popup_failed_to_open', message: expect.stringContaining('Failed to open popup window') },
  ])
})

test('a page with ux_mode redirect leads to its redirect URI, with the code and the state', async ({
  google,
  user,
}) => {
  const { origin } = await startApp(
    google,
    codePage(`ux_mode: 'redirect', redirect_uri: location.origin + '/callback'`),
  )
  const page = await user.openBrowser()
  await page.goto(origin)
  await page.waitForFunction('window.google?.accounts')
  await page.getByRole('button', { name: 'Connect' }).click()
  await press(page, 'Allow')
  await page.waitForURL(`${origin}/callback?**`)
  const { searchParams } = new URL(page.url())
  expect(searchParams.get('state')).toBe('mine')
  expect(searchParams.get('code')).toMatch(/^4\/0A/)
})

test('a page gets an access token for the scopes that the user ticks, and can revoke it', async ({ google, user }) => {
  const { origin } = await startApp(google, tokenPage)
  const page = await user.openBrowser()
  await page.goto(origin)
  const popup = await openWindow(page)
  expect(await popup.getByRole('radio', { name: /Grace/ }).isChecked()).toBe(true)
  await popup.getByRole('checkbox', { name: /hidden|app/i }).uncheck()
  await press(popup, 'Allow')
  const [answer] = await seenBy(page)
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 3599, hd: 'corp.example', state: 'again' })
  const email = `'email'`
  expect(await page.evaluate(`google.accounts.oauth2.hasGrantedAllScopes(seen[0], ${email})`)).toBe(true)
  expect(await page.evaluate(`google.accounts.oauth2.hasGrantedAllScopes(seen[0], ${email}, '${drive}')`)).toBe(false)
  expect(await page.evaluate(`google.accounts.oauth2.hasGrantedAnyScope(seen[0], ${email}, '${drive}')`)).toBe(true)
  const revoked = `new Promise((done) => google.accounts.oauth2.revoke(seen[0].access_token, done))`
  expect(await page.evaluate(revoked)).toEqual({ successful: true })
  expect(await page.evaluate(revoked)).toMatchObject({ successful: false, error: 'invalid_token' })
})

test('a page whose origin is not registered sees Google’s error in the window', async ({ google, user }) => {
  const other = await startApp(google, codePage())
  // Takes the other one's place in the registration.
  await startApp(google, codePage())
  const page = await user.openBrowser()
  await page.goto(other.origin)
  const popup = await openWindow(page)
  await popup.getByText('Error 400: origin_mismatch').waitFor()
  expect(await popup.locator('dd').allInnerTexts()).toContain(other.origin)
  await popup.close()
  expect(await seenBy(page)).toMatchObject([{ type: 'popup_closed' }])
})

test('a page that leaves out the client id or the scope gets an error', async ({ google, user }) => {
  const { origin } = await startApp(google, '')
  const page = await user.openBrowser()
  await page.goto(origin)
  await page.waitForFunction('window.google?.accounts')
  const thrown = (config: string): Promise<unknown> =>
    page.evaluate(
      `(() => { try { google.accounts.oauth2.initCodeClient(${config}) } catch (error) { return error.message } })()`,
    )
  expect(await thrown('{}')).toBe('Missing required parameter client_id.')
  expect(await thrown(`{ client_id: clientId }`)).toBe('Missing required parameter scope.')
})
