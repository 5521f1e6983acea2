import {
  test as base,
  type Page,
  expect as playwrightExpect,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestType,
} from '@playwright/test'
import { type ConsentAnswer, type Emulator, type EmulatorOptions, startEmulator } from '../emulator/index.ts'

export type { ConsentAnswer, Emulator, EmulatorOptions }

// Not exported again as it is: Node finds the names of a CommonJS module only in assignments.
/** Playwright's `expect`. */
export const expect: typeof playwrightExpect = playwrightExpect

/** The fixtures of a test, in addition to Playwright's own. */
export interface GoogleFixtures {
  /** The emulator that the browser meets at Google's addresses, as at its start: each test resets it. */
  readonly google: Emulator
}

/** The options and fixtures of a worker, in addition to Playwright's own. */
export interface GoogleWorker {
  /** Options of `startEmulator`, for example the clients of your app. */
  readonly googleOptions: Omit<EmulatorOptions, 'impersonate' | 'issuer'>
  /** The emulator of a worker and its browser. Tests use `google`. */
  readonly workerGoogle: Emulator
}

/**
 * Playwright's `test`, in whose Chromium https://accounts.google.com and Google's other hosts are an emulator. Requests
 * to other hosts go their usual way.
 */
export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & GoogleFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & GoogleWorker
> = base.extend<GoogleFixtures, GoogleWorker>({
  googleOptions: [{}, { option: true, scope: 'worker' }],
  workerGoogle: [
    async ({ googleOptions }, use) => {
      const google = await startEmulator({ ...googleOptions, impersonate: true })
      await use(google)
      await google.close()
    },
    { scope: 'worker' },
  ],
  launchOptions: [
    async ({ launchOptions, browserName, workerGoogle }, use) => {
      const { proxy } = workerGoogle
      if (browserName !== 'chromium') throw new Error(`gsa-cli/playwright needs Chromium, not ${browserName}`)
      if (proxy === undefined) throw new Error('the emulator has no proxy')
      // Not Playwright's own option, which would also send the requests to this machine through the proxy.
      const args = [`--proxy-server=${proxy.url}`, `--ignore-certificate-errors-spki-list=${proxy.spki}`]
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...args] })
    },
    { scope: 'worker' },
  ],
  google: async ({ workerGoogle }, use) => {
    workerGoogle.reset()
    await use(workerGoogle)
  },
  // Also resets the emulator for a test that does not name it.
  context: async ({ context, google: _google }, use) => {
    await use(context)
  },
})

/**
 * Answers the consent page in a page or window as a user does: chooses the account, unticks all scopes but these, and
 * presses the button.
 */
export async function answerConsent(page: Page, answer: ConsentAnswer = {}): Promise<void> {
  const { account, scopes, decision = 'allow', limitedAccess = false } = answer
  if (account !== undefined) await page.locator(choice('account', account, 'data-sub')).check()
  if (limitedAccess) await page.locator('input[name=duration][value=limited]').check()
  if (scopes !== undefined) {
    for (const box of await page.locator('input[name=scope]').all()) await box.uncheck()
    for (const scope of scopes) await page.locator(choice('scope', scope, 'data-alias')).check()
  }
  await page.locator(`button[name=decision][value=${decision}]`).click()
}

/** Returns a selector for the choice with a value, or with another name for it. */
function choice(name: string, value: string, otherName: string): string {
  const quoted = JSON.stringify(value)
  const ending = JSON.stringify(`/auth/${value}`)
  return `input[name=${name}]:is([value=${quoted}], [${otherName}=${quoted}], [value$=${ending}])`
}
