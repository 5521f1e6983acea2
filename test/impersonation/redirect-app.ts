import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A desktop app that waits for an authorization code. */
export interface RedirectApp {
  /** Where it sends the browser. */
  readonly authorizationUrl: string
  /** The path and query of the first request to its redirect URI. */
  readonly received: Promise<string>
  close(): Promise<void>
}

/** Starts an app that sends the browser to Google's address. */
export async function startRedirectApp(): Promise<RedirectApp> {
  const app = createServer((_, response) => response.end())
  const received = once(app, 'request').then(([request]) => (request as IncomingMessage).url ?? '')
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve)
  })
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: '100000000001-desktop.apps.googleusercontent.com',
    redirect_uri: `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`,
    scope: 'openid',
  })
  return {
    authorizationUrl: `https://accounts.google.com/o/oauth2/v2/auth?${query.toString()}`,
    received,
    close: async () => {
      await new Promise((resolve) => app.close(resolve))
    },
  }
}
