import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startGsa } from '../support/built-gsa.ts'
import { press, test } from './chromium.ts'
import { clientSecretsOf, startApp } from './gsi.ts'

test('a page with the script tag posts the code of its window to gsa serve, which stores the account', async ({
  google,
  user,
}) => {
  // As in the web guide: the code goes to the backend, with the header that no form can send.
  const app = await startApp(
    google,
    `<button onclick="
  google.accounts.oauth2.initCodeClient({
    client_id: clientId, scope: 'openid email https://www.googleapis.com/auth/drive.appdata', ux_mode: 'popup',
    callback: async ({ code }) => see(await (await fetch(backend, {
      method: 'POST', headers: { 'X-Requested-With': 'XmlHttpRequest' }, body: new URLSearchParams({ code }),
    })).json()),
  }).requestCode()">Connect</button>`,
  )
  const clientSecrets = join(user.folder, 'client_secret_page.json')
  writeFileSync(clientSecrets, JSON.stringify(clientSecretsOf(google, app)))
  const env = { HOME: user.folder, GSA_STORE: 'memory', GSA_EMULATOR_HOST: new URL(google.issuer).host }
  const options = ['--once', '--json', '--port', '0', '--client-secrets', clientSecrets, '--allow-origin', app.origin]
  const gsa = startGsa(['serve', ...options], { env })
  const [, backend = ''] = await gsa.says(/Receiving codes at (\S+)\.\n/)

  const page = await user.openBrowser()
  await page.goto(app.origin)
  await page.waitForFunction('window.google?.accounts')
  await page.evaluate(`void (window.backend = '${backend}')`)
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Connect' }).click()
  await press(await opened, 'Allow')

  await page.waitForFunction('seen.length > 0')
  expect(await page.evaluate('seen')).toMatchObject([{ email: 'ada@example.com' }])
  const ended = await gsa.ended
  expect(ended).toMatchObject({ exitCode: 0, json: { account: { email: 'ada@example.com' } } })
  expect(ended.json).toMatchObject({ refreshToken: expect.anything() })
})
