import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, vi } from 'vitest'
import { accessibilityProblems, heading, overhang, photograph, press, test, type WaitingLogin } from './chromium.ts'

const driveScope = 'https://www.googleapis.com/auth/drive.appdata'

/** Waits for gsa's result page, whatever its address is by then. */
async function resultOf(page: Page, { redirectUri }: WaitingLogin): Promise<string> {
  await page.waitForURL((url) => url.host === redirectUri.host)
  return page.locator('body').innerText()
}

describe('gsa login in a browser', () => {
  test('ends on a page that shows who is logged in, what was granted and what to type next', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    await photograph(page, 'consent')
    expect(await overhang(page)).toBe(0)
    await press(page, 'Allow')

    const text = await resultOf(page, login)
    expect(await heading(page)).toBe('Logged in as ada@example.com')
    expect(text).toMatch(/Granted\s+openid/)
    expect(text).toContain('drive.appdata')
    expect(text).toContain('gsa drive ls-appfolder')
    expect(text).toMatch(/close this tab/)
    await photograph(page, 'result')
    expect(await overhang(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    const result = await login.ended
    expect(result).toMatchObject({
      exitCode: 0,
      json: { account: { email: 'ada@example.com' }, scopes: { missing: [] }, warnings: [] },
    })
    expect(user.misbehaviour).toEqual([])
  })

  test('leaves no code in the address bar, in the history or on the page', async ({ google, user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    const answered = page.waitForRequest((sent) => sent.url().startsWith(login.redirectUri.href))
    await press(page, 'Allow')
    const code = new URL((await answered).url()).searchParams.get('code') ?? ''
    expect(code).toMatch(/^4\/0A/)

    await resultOf(page, login)
    await page.waitForURL(login.redirectUri.href)
    expect(await page.content()).not.toContain(code)
    expect((await login.ended).exitCode).toBe(0)
    await page.goBack()
    expect(page.url()).toContain(google.issuer)
    // Nothing listens there any more; only the address that the browser remembers matters.
    await expect(page.goForward()).rejects.toThrow(/ERR_CONNECTION_REFUSED/)
    expect(page.url()).not.toContain('code=')
  })

  test('says in the browser and in the terminal when it was denied', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    await press(page, 'Deny')

    const text = await resultOf(page, login)
    expect(await heading(page)).toBe('Consent denied')
    expect(text).toMatch(/Nothing was stored/)
    expect(text).toMatch(/gsa login/)
    await photograph(page, 'denied')
    expect(await overhang(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    const result = await login.ended
    expect(result).toMatchObject({ exitCode: 4, stdout: '', error: { code: 'consent_denied' } })
    expect(user.misbehaviour.filter((line) => !line.includes('status of 400'))).toEqual([])
  })

  test('warns in both places that the scope is missing when the Drive box is not ticked', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    await page.locator(`input[name=scope][value="${driveScope}"]`).uncheck()
    await press(page, 'Allow')

    const text = await resultOf(page, login)
    expect(await heading(page)).toBe('Logged in as ada@example.com')
    expect(text).toMatch(/Not granted:? .*drive\.appdata/)
    expect(text).toContain('gsa login --force-consent')
    await photograph(page, 'result-warning')
    expect(await overhang(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    const result = await login.ended
    expect(result).toMatchObject({
      exitCode: 0,
      json: { scopes: { missing: [driveScope] }, warnings: [{ code: 'scopes_missing' }] },
    })
    expect(result.stderr).toContain('Not granted: drive.appdata.')
    expect(user.misbehaviour).toEqual([])
  })

  test('as another account logs that account in', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    await page.getByRole('radio', { name: /grace@corp\.example/ }).check()
    await press(page, 'Allow')
    await resultOf(page, login)
    expect(await heading(page)).toBe('Logged in as grace@corp.example')
    expect(await login.ended).toMatchObject({ exitCode: 0, json: { account: { hostedDomain: 'corp.example' } } })
  })

  test('works without JavaScript', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser({ javaScript: false })
    await page.goto(login.address)
    await press(page, 'Allow')
    await resultOf(page, login)
    expect(await heading(page)).toBe('Logged in as ada@example.com')
    expect((await login.ended).exitCode).toBe(0)
    expect(user.misbehaviour).toEqual([])
  })

  test('works with the keyboard alone', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    const allow = page.getByRole('button', { name: 'Allow', exact: true })
    for (let keys = 0; keys < 20; keys++) {
      if (await allow.evaluate((button) => button.matches(':focus'))) break
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await resultOf(page, login)
    expect((await login.ended).exitCode).toBe(0)
  })
})

describe('a login that waits', () => {
  test('refuses requests that are not its response, and then accepts its response', async ({ user }) => {
    const login = await user.startLogin()
    const { redirectUri } = login
    expect(await statusOf(new URL('/favicon.ico', redirectUri))).toBe(404)
    expect(await statusOf(new URL('/?code=4/0Astray&state=x', redirectUri))).toBe(404)
    expect(await statusOf(redirectUri, { method: 'POST' })).toBe(405)
    expect(await statusOf(redirectUri, { headers: { host: `localhost:${redirectUri.port}` } })).toBe(403)
    expect(await statusOf(redirectUri, { headers: { host: 'rebound.example' } })).toBe(403)
    const stray = await user.openBrowser()
    for (const path of ['/a-page-that-is-not-there', '/favicon.ico'])
      await expect(stray.goto(new URL(path, redirectUri).href)).rejects.toThrow(/HTTP_RESPONSE_CODE/)

    const page = await user.openBrowser()
    await page.goto(login.address)
    await press(page, 'Allow')
    await resultOf(page, login)
    expect(await heading(page)).toBe('Logged in as ada@example.com')
    expect((await login.ended).exitCode).toBe(0)
  })

  test('refuses the response to another login, says so, and then accepts its own', async ({ user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(`${login.redirectUri.href}?code=4/0AforeignForeignForeign&state=foreign`)
    expect(await heading(page)).toBe('This page belongs to another login')
    await photograph(page, 'foreign')
    expect(await overhang(page)).toBe(0)
    await login.gsa.says(/Ignored a response that belongs to another login/)

    await page.goto(login.address)
    await press(page, 'Allow')
    await resultOf(page, login)
    expect(await login.ended).toMatchObject({ exitCode: 0, json: { account: { email: 'ada@example.com' } } })
  })

  test('serves the same result to a second tab, and uses the code once', async ({ google, user }) => {
    const login = await user.startLogin()
    const [first, second] = [await user.openBrowser(), await user.openBrowser()]
    // One failed request for the keys delays the result, long enough for two tabs.
    google.arm({ on: 'certs', fault: 'http-503' })
    await first.goto(login.address)
    login.gsa.signal('SIGSTOP')
    const answered = first.waitForRequest((sent) => sent.url().startsWith(login.redirectUri.href))
    await first.getByRole('button', { name: 'Allow', exact: true }).click({ noWaitAfter: true })
    const address = (await answered).url()
    const repeated = second.waitForRequest(address)
    const reached = second.goto(address)
    await repeated
    login.gsa.signal('SIGCONT')

    await reached
    expect(await heading(second)).toBe('Logged in as ada@example.com')
    await resultOf(first, login)
    expect(await heading(first)).toBe('Logged in as ada@example.com')
    expect((await login.ended).exitCode).toBe(0)
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('stops at Ctrl-C, and the browser finds nothing there', async ({ google, user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    login.gsa.signal('SIGINT')
    expect(await login.ended).toMatchObject({ exitCode: 130, stdout: '', error: { code: 'interrupted' } })
    await press(page, 'Allow')
    await page.waitForURL(/^chrome-error:/)
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })

  test('stops listening when it is over: a second tab finds nothing there', async ({ google, user }) => {
    const login = await user.startLogin()
    const page = await user.openBrowser()
    await page.goto(login.address)
    const answered = page.waitForRequest((sent) => sent.url().startsWith(login.redirectUri.href))
    await press(page, 'Allow')
    const address = (await answered).url()
    await resultOf(page, login)
    expect((await login.ended).exitCode).toBe(0)
    const second = await user.openBrowser()
    await expect(second.goto(address)).rejects.toThrow(/ERR_CONNECTION_REFUSED/)
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })
})

test('the browser command gets the address as its last argument, and no secret', async ({ user }) => {
  const seen = join(user.folder, 'arguments')
  const script = join(user.folder, 'browser')
  writeFileSync(
    script,
    `#!/bin/sh\nfor argument; do printf '%s\\n' "$argument" >> '${seen}.part'; done\nmv '${seen}.part' '${seen}'\n`,
    { mode: 0o700 },
  )
  const login = await user.startLogin([], { GSA_BROWSER: `${script} --new-window` })
  await vi.waitUntil(() => existsSync(seen), { timeout: 60_000 })
  const argv = readFileSync(seen, 'utf8').trimEnd().split('\n')
  expect(argv).toEqual(['--new-window', login.address])
  const { searchParams } = new URL(login.address)
  expect([...searchParams.keys()].toSorted()).toEqual([
    'access_type',
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'nonce',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ])
  expect(searchParams.get('code_challenge_method')).toBe('S256')
  expect(argv.join(' ')).not.toMatch(/verifier|secret|GOCSPX/i)

  const page = await user.openBrowser()
  await page.goto(argv.at(-1) ?? '')
  await press(page, 'Allow')
  await resultOf(page, login)
  expect((await login.ended).exitCode).toBe(0)
})

async function statusOf(
  url: URL,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ...options }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
