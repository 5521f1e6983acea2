import type { ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { startHttpServer } from '../support/http-server.ts'

export const clientId = '7-page.apps.googleusercontent.com'
const clientSecret = 'GOCSPX-page'

/** A page under development, and what was posted to its server. */
export interface App {
  readonly origin: string
  readonly posted: { path: string; cookie: string; form: URLSearchParams }[]
}

/** Serves a page with the library's script tag and this content; its origin is registered for the client `clientId`. */
export async function startApp(
  google: Emulator,
  content: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<App> {
  const posted: App['posted'] = []
  const html = `<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><link rel=icon href="data:,"><title>An app</title>
<script>const clientId = '${clientId}'; const seen = []; const see = (value) => seen.push(value)</script>
<script src="${google.driveUrl}/gsi/client" async></script>
<h1>An app</h1>
${content}`
  const page = (response: ServerResponse): unknown =>
    response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(html)
  const origin = await startHttpServer((request, response, body) => {
    if (request.method === 'POST')
      posted.push({
        path: request.url ?? '',
        cookie: request.headers.cookie ?? '',
        form: new URLSearchParams(body),
      })
    page(response)
  })
  await configure(google, 'POST clients', {
    type: 'web',
    clientId,
    clientSecret,
    name: 'An app',
    redirectUris: [`${origin}/callback`, `${origin}/login`],
    javascriptOrigins: [origin],
  })
  return { origin, posted }
}

/** Returns what the page's callbacks saw, once they saw something. */
export async function seenBy(page: Page): Promise<Record<string, unknown>[]> {
  await page.waitForFunction('seen.length > 0')
  return (await page.evaluate('seen')) as Record<string, unknown>[]
}

/** Exchanges a code as the app's backend does. */
export function exchangeOf(google: Emulator, code: unknown): Promise<Response> {
  const grant = { grant_type: 'authorization_code', redirect_uri: 'postmessage', code: String(code) }
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...grant })
  return fetch(`${google.issuer}/token`, { method: 'POST', body })
}

/** Returns the client secrets file of the app, as the console offers it. */
export function clientSecretsOf(google: Emulator, { origin }: App): object {
  const web = { client_id: clientId, client_secret: clientSecret, redirect_uris: [`${origin}/callback`] }
  const endpoints = { auth_uri: `${google.issuer}/o/oauth2/auth`, token_uri: `${google.issuer}/token` }
  return { web: { ...web, ...endpoints, javascript_origins: [origin] } }
}
