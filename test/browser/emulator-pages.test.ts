import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  bearer,
  configure,
  credentials,
  emailScope,
  exchange,
  postForm,
  profileScope,
  refresh,
  send,
  signIn,
} from '../emulator/raw-http.ts'
import { accessibilityProblems, heading, overhang, photograph, test } from './chromium.ts'

const button = (page: Page, name: string): ReturnType<Page['getByRole']> =>
  page.getByRole('button', { name, exact: true })

/** Returns a section's text, by the name in its address. */
async function section(page: Page, id: string): Promise<string> {
  return (await page.locator(`#${id}`).innerText()).replace(/\s+/g, ' ')
}

const background = async (page: Page): Promise<unknown> =>
  await page.evaluate('getComputedStyle(document.body).backgroundColor')

/** Fills everything that the page can show, with names longer than any real one. */
async function fill(google: Emulator): Promise<{ access_token: string; refresh_token: string }> {
  const email = `${'long-name-without-a-place-to-break'.repeat(3)}@school.example`
  await configure(google, 'POST accounts', { email, name: 'Mary Jackson', hostedDomain: 'school.example' })
  await signIn(google, { account: email })
  const tokens = await signIn(google)
  await configure(google, 'POST files', { account: 'ada@example.com', count: 1_000_000, bytes: 2000 })
  await send(`${google.issuer}/drive/v3/files/${'x'.repeat(300)}`, { headers: bearer(tokens.access_token) })
  google.arm({ on: 'certs', fault: 'reset' })
  await send(`${google.issuer}/oauth2/v3/certs`).catch(() => undefined)
  const { client_id } = credentials(google, 'tv')
  await postForm(`${google.issuer}/device/code`, { client_id, scope: 'email' })
  google.arm({ on: 'drive', fault: 'hang', times: 3, after: 2 })
  return tokens
}

describe('the page at / without JavaScript', () => {
  test('has working buttons', async ({ google, user }) => {
    const tokens = await fill(google)
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(google.issuer)
    expect(await heading(page)).toBe('Your local Google')

    await button(page, 'Move the clock forward by 7 days').click()
    expect(await section(page, 'clock')).toContain('7 days ahead of this machine.')
    expect(await page.getByRole('status').innerText()).toBe('The clock has moved forward.')

    await button(page, 'Disarm all').click()
    expect(await section(page, 'faults')).toContain('No faults are armed.')
    await page.getByLabel('Part').selectOption('token')
    await page.getByLabel('Name or effect').fill('http-503')
    await button(page, 'Find faults').click()
    await page.getByRole('radio', { name: 'http-503 on token' }).check()
    await page.getByLabel('Times').fill('2')
    await button(page, 'Arm').click()
    expect(await section(page, 'faults')).toMatch(/http-503 on token returns 503\b.* 2 times/)
    expect((await refresh(google, tokens.refresh_token)).status).toBe(503)

    await button(page, 'New key, retire the old').click()
    expect(await section(page, 'keys')).toMatch(/^Keys 1 \w{40}\s?signing/)

    await page.getByRole('button', { name: /^End the refresh token .* of ada@example\.com$/ }).click()
    expect(await section(page, 'tokens')).not.toContain('ada@example.com')
    await button(page, 'Revoke the grant of ada@example.com to project 100000000001').click()
    expect(await section(page, 'grants')).not.toContain('ada@example.com')
    expect(user.misbehaviour).toEqual([])
  })

  test('makes a code, and one click selects a whole command', async ({ google, user }) => {
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(google.issuer)
    await page.getByLabel('Account').selectOption('grace@corp.example')
    await page.getByRole('combobox', { name: 'App', exact: true }).selectOption('Web popup')
    await page.getByLabel('drive.appdata').uncheck()
    await page.getByLabel('More scopes').fill('https://www.googleapis.com/auth/calendar')
    await page.getByLabel('Force consent').check()
    await button(page, 'Make a code').click()
    const code = await page.getByLabel('Code').inputValue()
    expect(code).toMatch(/^4\/0/)
    await page.locator('pre').nth(1).click()
    expect(await page.evaluate('getSelection().toString()')).toBe(
      `gsa exchange --issuer ${google.issuer} --client-secrets client_secret_web.json --from web-popup ${code}`,
    )
    for (const width of [320, 390, 1280]) expect(await overhang(page, width)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    const { json } = await exchange(google, code, { redirect_uri: 'postmessage' })
    expect(json.scope.split(' ')).toEqual([
      'openid',
      emailScope,
      profileScope,
      'https://www.googleapis.com/auth/calendar',
    ])
    await page.getByRole('link', { name: 'Back to the overview' }).click()
    expect(await section(page, 'requests')).toContain('Built-in web client · grace@corp.example')
    expect(user.misbehaviour).toEqual([])
  })

  test('opens a group of access tokens, and ends one of them', async ({ google, user }) => {
    const { refresh_token } = await signIn(google)
    await refresh(google, refresh_token)
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(google.issuer)
    const end = page.getByRole('button', { name: /^End the access token/ })
    expect(await end.first().isVisible()).toBe(false)
    await page.locator('summary', { hasText: '2 access tokens' }).focus()
    await page.keyboard.press('Enter')
    await end.first().click()
    expect(await section(page, 'tokens')).toContain('1 access token')
  })

  test('asks for confirmation before it resets everything', async ({ google, user }) => {
    await fill(google)
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(google.issuer)
    const sure = button(page, 'Yes, forget everything')
    expect(await sure.isVisible()).toBe(false)
    await page.getByText('Reset everything').click()
    await sure.click()
    expect(await page.getByRole('status').innerText()).toBe('The emulator is back in its initial state.')
    expect(await section(page, 'accounts')).toMatch(/^Accounts 2 /)
    expect(google.requests()).toEqual([])
    expect(user.misbehaviour).toEqual([])
  })

  test('links from a waiting device to the page where it is approved', async ({ google, user }) => {
    await fill(google)
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(google.issuer)
    await page.getByRole('link', { name: 'Answer' }).click()
    await button(page, 'Continue').click()
    await button(page, 'Allow').click()
    await page.goto(google.issuer)
    expect(await section(page, 'devices')).toContain('approved, tokens not fetched yet')
    expect(user.misbehaviour).toEqual([])
  })

  test('recovers from a button that was pressed too late', async ({ google, user }) => {
    await fill(google)
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(google.issuer)
    google.reset()
    await button(page, 'Revoke the grant of ada@example.com to project 100000000001').click()
    expect(await heading(page)).toBe('Nothing was changed')
    expect(await overhang(page, 390)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('link', { name: 'Back to the overview' }).click()
    expect(page.url()).toBe(`${google.issuer}/`)
  })
})

describe('every emulator page', () => {
  const pages: readonly { name: string; address: (google: Emulator) => string }[] = [
    { name: 'home', address: ({ issuer }) => issuer },
    { name: 'flows', address: ({ issuer }) => `${issuer}/flows` },
    { name: 'flow', address: (google) => `${google.issuer}/flows/${google.flows()[0]?.id ?? ''}` },
    { name: 'consent', address: (google) => authorizationUrl(google, { access_type: 'offline' }) },
    { name: 'device', address: ({ issuer }) => `${issuer}/device` },
    { name: 'faults', address: ({ issuer }) => `${issuer}/?on=token#faults` },
    { name: 'not-found', address: ({ issuer }) => `${issuer}/${'nothing'.repeat(40)}` },
    { name: 'error', address: (google) => authorizationUrl(google, { redirect_uri: 'https://other.example/cb' }) },
  ]

  test.for(pages)('fits a phone and dark mode: $name', async ({ name, address }, { google, user }) => {
    await fill(google)
    const page = await user.openBrowser()
    await page.goto(address(google))
    await photograph(page, `emulator-${name}`)
    for (const width of [320, 390, 1280]) expect(await overhang(page, width)).toBe(0)
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await background(page)).toBe('rgb(244, 245, 243)')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await background(page)).toBe('rgb(18, 22, 20)')
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await page.evaluate(banner)).toMatch(/^Local Google emulator\b.*Nothing here reaches Google\.$/)
    // Chromium reports the status 404 on the console, too.
    expect(user.misbehaviour.filter((line) => !line.includes('status of 404'))).toEqual([])
  })

  test('shows the keyboard focus', async ({ google, user }) => {
    await fill(google)
    const page = await user.openBrowser()
    await page.goto(google.issuer)
    const stops = await page.locator(':is(a, button, select, input:not([type=hidden]), summary):visible').count()
    for (let stop = 0; stop < stops; stop++) {
      await page.keyboard.press('Tab')
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
      expect(outline).toBe('solid')
    }
  })

  test('lists sign-ins across the whole width of a phone', async ({ google, user }) => {
    await signIn(google)
    const page = await user.openBrowser()
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${google.issuer}/flows`)
    const width = async (selector: string): Promise<number> =>
      Number(await page.evaluate(`document.querySelector('${selector}').getBoundingClientRect().width`))
    expect(await width('.rows .words')).toBe(await width('.rows li'))
  })

  test('has its controls before its lists on a phone', async ({ google, user }) => {
    await fill(google)
    const page = await user.openBrowser()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(google.issuer)
    const order = await page.evaluate(
      '[...document.querySelectorAll("section")].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map(({ id }) => id)',
    )
    expect(String(order)).toBe(
      'code,faults,clock,keys,reset,flows,requests,tokens,grants,devices,files,accounts,clients',
    )
  })
})

/** Reads the banner, which is a part of the style on pages whose text is Google's. */
const banner = `document.querySelector('.banner')?.innerText ?? JSON.parse(getComputedStyle(document.body, '::before').content)`
