import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { authorizationUrl } from '../emulator/raw-http.ts'
import { startHttpServer } from '../support/http-server.ts'
import { accessibilityProblems, photograph, press, test } from './chromium.ts'

const formPostUrl = (google: Emulator, redirectUri: string): string =>
  authorizationUrl(google, { response_mode: 'form_post', redirect_uri: redirectUri, state: 's' })

interface Received {
  readonly origin: string | undefined
  readonly form: URLSearchParams
}

/** Starts an app that receives the authorization response as a form. */
async function startApp(): Promise<{ redirectUri: string; received: Received[] }> {
  const received: Received[] = []
  const origin = await startHttpServer(({ method, headers }, response, body) => {
    if (method === 'POST') received.push({ origin: headers.origin, form: new URLSearchParams(body) })
    response.writeHead(200, { 'content-type': 'text/html' }).end('<link rel=icon href="data:,">The app has the answer')
  })
  return { redirectUri: `${origin}/cb`, received }
}

test('response_mode=form_post sends the response to the app by itself', async ({ google, user }) => {
  const { redirectUri, received } = await startApp()
  const page = await user.openBrowser()
  await page.goto(formPostUrl(google, redirectUri))
  await press(page, 'Allow')
  await page.getByText('The app has the answer').waitFor()
  expect(page.url()).toBe(redirectUri)
  expect(received).toEqual([{ origin: google.issuer, form: expect.any(URLSearchParams) }])
  expect(received[0]?.form.get('state')).toBe('s')
  expect(received[0]?.form.get('code')).toMatch(/^4\/0A/)
  expect(user.misbehaviour).toEqual([])
})

test('response_mode=form_post offers a button without JavaScript', async ({ google, user }) => {
  const { redirectUri, received } = await startApp()
  const page = await user.openBrowser({ javaScript: false })
  await page.goto(formPostUrl(google, redirectUri))
  await press(page, 'Deny')
  await page.getByRole('heading', { name: 'Back to the app' }).waitFor()
  await photograph(page, 'form-post')
  expect(await accessibilityProblems(page)).toEqual([])
  expect(received).toEqual([])
  await press(page, 'Continue')
  await page.getByText('The app has the answer').waitFor()
  expect([...(received[0]?.form ?? [])]).toEqual([
    ['error', 'access_denied'],
    ['state', 's'],
    ['iss', google.issuer],
  ])
  expect(user.misbehaviour).toEqual([])
})
