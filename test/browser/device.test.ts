import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { accessibilityProblems, heading, overhang, photograph, press, test } from './chromium.ts'

const client = { client_id: '100000000001-tv.apps.googleusercontent.com', client_secret: 'GOCSPX-emulator-tv' }
const scope = 'openid email https://www.googleapis.com/auth/drive.appdata'

async function post(google: Emulator, path: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${google.issuer}${path}`, { method: 'POST', body: new URLSearchParams(fields) })
  return (await answer.json()) as Record<string, unknown>
}

/** Requests a code as a device does. */
async function askForCode(
  google: Emulator,
): Promise<{ deviceCode: string; userCode: string; verificationUrl: string }> {
  const json = await post(google, '/device/code', { client_id: client.client_id, scope })
  return {
    deviceCode: String(json['device_code']),
    userCode: String(json['user_code']),
    verificationUrl: String(json['verification_url']),
  }
}

async function poll(google: Emulator, deviceCode: string): Promise<Record<string, unknown>> {
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode }
  return await post(google, '/token', { ...grant, ...client })
}

test('the device page accepts a code, asks for consent, and sends users back to their device', async ({
  google,
  user,
}) => {
  const { deviceCode, userCode, verificationUrl } = await askForCode(google)
  const page = await user.openBrowser()
  await page.goto(verificationUrl)
  await photograph(page, 'device-code')
  expect(await overhang(page)).toBe(0)
  expect(await accessibilityProblems(page)).toEqual([])
  // The field has the focus, so a user who comes from the television just types.
  await page.keyboard.type(userCode.toLowerCase().replace('-', ' '))
  await photograph(page, 'device-code-typed')
  await page.keyboard.press('Enter')

  await page.getByText(userCode, { exact: true }).waitFor()
  expect(await heading(page)).toBe('Built-in limited-input client wants to use your Google account')
  await photograph(page, 'device-consent')
  expect(await overhang(page)).toBe(0)
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByRole('radio', { name: /grace@corp\.example/ }).check()
  await press(page, 'Allow')

  await page.getByText('You can go back to your device').waitFor()
  expect(await page.locator('main').innerText()).toContain('grace@corp.example')
  await photograph(page, 'device-allowed')
  expect(await overhang(page)).toBe(0)
  expect(await accessibilityProblems(page)).toEqual([])
  expect(await poll(google, deviceCode)).toHaveProperty('refresh_token')
  expect(user.misbehaviour).toEqual([])
})

test('the device page says what is wrong with a code, and lets users try again', async ({ google, user }) => {
  const { deviceCode, userCode, verificationUrl } = await askForCode(google)
  const page = await user.openBrowser({ javaScript: false })
  await page.goto(`${verificationUrl}?user_code=ABCD-EFGH`)
  expect(await page.getByLabel('Code').inputValue()).toBe('ABCD-EFGH')
  await press(page, 'Continue')

  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').innerText()).toMatch(/^There is no such code/)
  await photograph(page, 'device-wrong')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByLabel('Code').fill(userCode)
  await press(page, 'Continue')
  await press(page, 'Deny')
  await page.getByText('gets no access').waitFor()
  await photograph(page, 'device-denied')
  expect(await accessibilityProblems(page)).toEqual([])
  expect(await poll(google, deviceCode)).toMatchObject({ error: 'access_denied' })
  expect(user.misbehaviour).toEqual([])
})
