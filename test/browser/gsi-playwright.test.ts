import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Ended, root, runProgram } from '../support/built-gsa.ts'
import { startHttpServer } from '../support/http-server.ts'
import { chromiumPath, needs } from '../support/system-parts.ts'

/** A page that greets the user, with Google's own script tag. */
const greeting = `<!doctype html><link rel=icon href="data:,"><title>An app</title>
<script src="https://accounts.google.com/gsi/client" async></script>
<p id=greeting></p>
<div id=g_id_onload data-client_id=7-page.apps.googleusercontent.com data-callback=greet data-auto_prompt=false></div>
<div class=g_id_signin></div>
<button onclick="google.accounts.oauth2.initTokenClient({
  client_id: '7-page.apps.googleusercontent.com', scope: 'email profile',
  callback: async ({ access_token, error, scope }) => {
    const headers = { authorization: 'Bearer ' + access_token }
    const user = error ?? await (await fetch('https://www.googleapis.com/oauth2/v3/userinfo', { headers })).json()
    document.getElementById('greeting').textContent = 'Token: ' + JSON.stringify(user) + scope
  },
}).requestAccessToken()">Connect</button>
<script>
  function greet({ credential }) {
    const claims = JSON.parse(atob(credential.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')))
    document.getElementById('greeting').textContent = 'Hello, ' + claims.name + ', says ' + claims.iss
  }
</script>`

/** Creates a project of this type with these files, which has gsa-cli installed; returns its folder. */
function createProject(files: Readonly<Record<string, string>>, type: 'module' | 'commonjs'): string {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-playwright-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules/@playwright'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules/gsa-cli'))
  symlinkSync(join(root, 'node_modules/@playwright/test'), join(folder, 'node_modules/@playwright/test'))
  const launchOptions = { executablePath: chromiumPath, chromiumSandbox: false }
  // They guard against hanging only.
  const limits = { timeout: 100_000, expect: { timeout: 60_000 } }
  const config = { workers: 1, reporter: 'list', ...limits, use: { launchOptions } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
  writeFileSync(join(folder, 'playwright.config.mjs'), `export default ${JSON.stringify(config)}`)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** Runs Playwright's own runner in a project. */
async function runPlaywright(folder: string): Promise<Ended> {
  const cli = join(root, 'node_modules/@playwright/test/cli.js')
  return runProgram(process.execPath, [cli, 'test'], { folder, env: { HOME: folder }, deadlineMs: 110_000 })
}

/**
 * Serves the page, at /isolated with the strictest opener policy, at /redirect with the redirect mode, and its login
 * endpoint; returns the port.
 */
async function startPage(): Promise<string> {
  const origin = await startHttpServer(({ method, url, headers }, response, body) => {
    response.setHeader('content-type', 'text/html')
    if (url === '/isolated') response.setHeader('cross-origin-opener-policy', 'same-origin')
    const token = new URLSearchParams(body).get('g_csrf_token')
    const isOwn = token !== null && headers.cookie?.includes(`g_csrf_token=${token}`)
    const mode = `data-ux_mode=redirect data-login_uri=${origin}/login`
    const page = url === '/redirect' ? greeting.replace('data-callback=greet', mode) : greeting
    response.end(method === 'POST' ? `Login: ${isOwn ? 'own' : 'forged'}` : page)
  })
  return new URL(origin).port
}

/** The example of docs/google-identity-services.md. */
const example =
  /```ts\n([^]*?)```/.exec(readFileSync(join(root, 'docs/google-identity-services.md'), 'utf8'))?.[1] ?? ''

test('a page with Google’s script tag is signed in by a Playwright test as the documentation has it', async ({
  skip,
}) => {
  needs({ skip }, 'chromium')
  const spec = example.replaceAll('localhost:3000', `127.0.0.1:${await startPage()}`)
  const { exitCode, stdout } = await runPlaywright(createProject({ 'example.spec.ts': spec }, 'module'))
  expect(stdout).toContain('1 passed')
  expect(exitCode).toBe(0)
})

test.for(['module', 'commonjs'] as const)('the example compiles in a strict project: %s', async (type) => {
  const folder = createProject({ 'example.spec.ts': example }, type)
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--types', '']
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const ended = await runProgram(process.execPath, [tsc, ...flags, 'example.spec.ts'], { folder })
  expect(ended).toMatchObject({ exitCode: 0, stdout: '' })
})

test('Playwright tests have the emulator as at its start, whatever the page’s policies and modes', async ({ skip }) => {
  needs({ skip }, 'chromium')
  const port = await startPage()
  const [before = ''] = example
    .replace('javascriptOrigins', `redirectUris: ['http://localhost:3000/login'],\n        javascriptOrigins`)
    .split("test('signs in")
  const more = `
for (const round of [1, 2])
  test('starts afresh ' + round, async ({ page, google }) => {
    expect(google.requests().map(({ path }) => path)).not.toContain('/oauth2/v3/userinfo')
    await page.goto('http://localhost:3000')
    const popup = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Connect' }).click()
    await answerConsent(await popup, { account: 'grace@corp.example', scopes: ['email'] })
    await expect(page.getByText('Token: ')).toContainText('"email":"grace@corp.example"')
    await expect(page.getByText('Token: ')).not.toContainText('Grace')
  })
test('signs in an isolated page', async ({ page }) => {
  await page.goto('http://localhost:3000/isolated')
  const popup = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in with Google' }).click()
  await answerConsent(await popup, { account: 'ada@example.com' })
  await expect(page.getByText('Hello, Ada Lovelace, says https://accounts.google.com')).toBeVisible()
})
test('posts to the login endpoint of another site', async ({ page }) => {
  await page.goto('http://localhost:3000/redirect')
  await page.getByRole('button', { name: 'Sign in with Google' }).click()
  await answerConsent(page)
  await expect(page.getByText('Login: own')).toBeVisible()
})
test('denies', async ({ page }) => {
  await page.goto('http://localhost:3000')
  const popup = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Connect' }).click()
  await answerConsent(await popup, { decision: 'deny' })
  await expect(page.getByText('Token: "access_denied"')).toBeVisible()
})
`
  const spec = (before + more).replaceAll('localhost:3000', `127.0.0.1:${port}`)
  const { exitCode, stdout } = await runPlaywright(createProject({ 'more.spec.ts': spec }, 'commonjs'))
  expect(stdout).toContain('5 passed')
  expect(exitCode).toBe(0)
})
