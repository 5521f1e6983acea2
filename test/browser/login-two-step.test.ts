import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { clientSecretsFile } from '../../src/emulator/index.ts'
import { runGsa } from '../support/built-gsa.ts'
import { photograph, press, test } from './chromium.ts'

/** Returns the text of the address bar; when nothing could be loaded, the page is one of Chromium's own. */
async function addressBar(page: Page): Promise<string> {
  const devTools = await page.context().newCDPSession(page)
  const { currentIndex, entries } = await devTools.send('Page.getNavigationHistory')
  return entries[currentIndex]?.url ?? ''
}

describe('gsa login in two steps', () => {
  test("finishes with the address bar's text where nothing could be loaded", async ({ google, user }) => {
    const keys = join(user.folder, 'keys')
    mkdirSync(keys)
    writeFileSync(join(keys, 'passphrase'), 'correct horse battery staple\n')
    writeFileSync(join(keys, 'client.json'), JSON.stringify(clientSecretsFile('desktop', google.issuer)))
    const env = {
      HOME: join(user.folder, 'home'),
      GSA_STORE: `file:${join(user.folder, 'store', 'secrets.age')}`,
      GSA_STORE_PASSPHRASE_FILE: join(keys, 'passphrase'),
      GSA_EMULATOR_HOST: new URL(google.issuer).host,
    }
    const started = await runGsa(['login', '--start', '--client-secrets', join(keys, 'client.json')], { env })
    expect(started).toMatchObject({ exitCode: 0 })

    const page = await user.openBrowser()
    // Pasted as a terminal of 80 columns shows it.
    const lines = started.stdout.replace(/.{80}/g, '$&\n')
    await page.goto(google.issuer)
    await page.evaluate(`location.href = ${JSON.stringify(lines)}`)
    await press(page, 'Allow')
    await page.getByText('ERR_CONNECTION_REFUSED').waitFor()
    await photograph(page, 'nobody-listens')

    const finished = await runGsa(['login', '--finish', '--json'], { env, stdin: await addressBar(page) })
    expect(finished).toMatchObject({ exitCode: 0, json: { account: { email: 'ada@example.com' } } })
  })
})
