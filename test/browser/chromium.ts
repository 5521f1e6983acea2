import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { test as base } from 'vitest'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { type Ended, type Running, startGsa } from '../support/built-gsa.ts'
import { chromiumPath, needs } from '../support/system-parts.ts'

/** A login that waits for the browser. */
export interface WaitingLogin {
  /** The address to which the user is sent. */
  readonly address: string
  /** The address to which the authorization server sends its response. */
  readonly redirectUri: URL
  readonly gsa: Running
  readonly ended: Promise<Ended>
}

/** A user with a terminal and a browser. */
export interface User {
  /** Starts `gsa login` in a terminal and waits until it shows the address to open. */
  startLogin(argv?: readonly string[], env?: Readonly<Record<string, string>>): Promise<WaitingLogin>
  /** Opens a browser window that shares nothing with the others. */
  openBrowser(options?: { readonly javaScript?: boolean }): Promise<Page>
  /** The unwanted activity of all pages: requests to other hosts, errors on the console. */
  readonly misbehaviour: readonly string[]
  /** A folder for files, deleted after the test. */
  readonly folder: string
}

/** `test` with an emulator, and a user with a headless Chromium that each file starts once. */
export const test = base.extend<{ google: Emulator; user: User; chromiumOfFile: () => Promise<Browser> }>({
  chromiumOfFile: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      const home = mkdtempSync(join(tmpdir(), 'gsa-chromium-'))
      let browser: Promise<Browser> | undefined
      // Started lazily, because Chromium may be missing on this machine.
      await use(() => (browser ??= launch(home)))
      await (await browser)?.close()
      rmSync(home, { recursive: true, force: true })
    },
    { scope: 'file' },
  ],
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  google: async ({}, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  user: async ({ google, chromiumOfFile, skip }, use) => {
    needs({ skip }, 'chromium')
    const browser = await chromiumOfFile()
    const folder = mkdtempSync(join(tmpdir(), 'gsa-browser-'))
    const windows: BrowserContext[] = []
    try {
      await use(createUser(folder, google, browser, windows))
    } finally {
      await Promise.all(windows.map(async (window) => window.close()))
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

async function launch(home: string): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    chromiumSandbox: false,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  })
}

function createUser(folder: string, google: Emulator, browser: Browser, windows: BrowserContext[]): User {
  const home = join(folder, 'home')
  mkdirSync(home)
  const clientSecrets = join(folder, 'client_secret_desktop.json')
  writeFileSync(clientSecrets, JSON.stringify(clientSecretsFile('desktop', google.issuer)))
  const misbehaviour: string[] = []
  return {
    folder,
    misbehaviour,
    async startLogin(argv = ['--no-browser'], env = {}) {
      const gsa = startGsa(['login', '--json', ...argv], {
        env: {
          HOME: home,
          GSA_STORE: 'memory',
          GSA_EMULATOR_HOST: new URL(google.issuer).host,
          GSA_CLIENT_SECRETS: clientSecrets,
          ...env,
        },
      })
      const [address] = await gsa.says(/^http:\S+[?&]client_id=\S+$/m)
      const redirectUri = new URL(new URL(address).searchParams.get('redirect_uri') ?? '')
      return { address, redirectUri, gsa, ended: gsa.ended }
    },
    async openBrowser({ javaScript = true } = {}) {
      const window = await browser.newContext({ javaScriptEnabled: javaScript })
      windows.push(window)
      const page = await window.newPage()
      page.on('request', (request) => {
        const { hostname } = new URL(request.url())
        if (hostname !== '127.0.0.1') misbehaviour.push(`request to ${request.url()}`)
      })
      page.on('console', (message) => {
        if (message.type() === 'error') misbehaviour.push(`console: ${message.text()} ${message.location().url}`)
      })
      page.on('pageerror', (error) => misbehaviour.push(`script: ${error.message}`))
      return page
    },
  }
}

const looks = [
  { name: 'light', colorScheme: 'light', width: 1000, height: 760 },
  { name: 'dark', colorScheme: 'dark', width: 1000, height: 760 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
] as const

/** Takes screenshots of a page for people to look at, into the folder GSA_SCREENSHOTS; without it, does nothing. */
export async function photograph(page: Page, name: string): Promise<void> {
  const folder = process.env['GSA_SCREENSHOTS']
  if (folder === undefined || folder === '') return
  mkdirSync(folder, { recursive: true })
  const before = page.viewportSize()
  for (const { name: look, colorScheme, width, height } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
  }
  await page.emulateMedia({ colorScheme: null })
  if (before !== null) await page.setViewportSize(before)
}

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * Returns what axe-core finds wrong with a page or a frame, in light and dark mode, on a wide screen and on a phone:
 * the levels A and AA of WCAG 2.2, and best practices. The contrast of texts is one of its rules. It examines a copy
 * without the scripts of the page, because it needs JavaScript and the page may not.
 */
export async function accessibilityProblems(page: Page, frame = page.mainFrame()): Promise<string[]> {
  const window = await page.context().browser()!.newContext()
  try {
    const copy = await window.newPage()
    await copy.setContent((await frame.content()).replace(/<script\b[^]*?<\/script>/g, ''))
    await copy.evaluate(axe.source)
    const problems: string[] = []
    for (const { name, colorScheme, width, height } of looks) {
      await copy.emulateMedia({ colorScheme })
      await copy.setViewportSize({ width, height })
      const options = JSON.stringify({ runOnly: levels, resultTypes: ['violations'] })
      const { violations } = (await copy.evaluate(`axe.run(${options})`)) as axe.AxeResults
      for (const { id, help, nodes } of violations)
        problems.push(...nodes.map(({ html }) => `${name}: ${id} (${help}): ${html}`))
    }
    return problems
  } finally {
    await window.close()
  }
}

/** Presses a button on an emulator page. */
export async function press(page: Page, button: 'Continue' | 'Allow' | 'Deny'): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
}

/** Returns the heading of a page. */
export async function heading(page: Page): Promise<string> {
  return page.getByRole('heading', { level: 1 }).innerText()
}

/** Returns the width that a page needs beyond the viewport, by default on the narrowest phone. */
export async function overhang(page: Page, width = 320): Promise<number> {
  const before = page.viewportSize()
  await page.setViewportSize({ width, height: 640 })
  const pixels = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  if (before !== null) await page.setViewportSize(before)
  return Number(pixels)
}
