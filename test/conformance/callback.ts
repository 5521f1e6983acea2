import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

/** A response of the login listener. */
export interface CallbackAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request to the listener, and follows no redirect. */
export async function ask(
  url: URL,
  options: { method?: string; headers?: OutgoingHttpHeaders } = {},
): Promise<CallbackAnswer> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ...options }, (response) => {
      let body = ''
      response
        .on('data', (chunk: Buffer) => (body += chunk.toString()))
        .on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
        .on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

/** Returns an authorization request's redirect URI with parameters; the request's state is added. */
export function callbackOf(authorizationUrl: string, parameters: Readonly<Record<string, string>> = {}): URL {
  const { searchParams } = new URL(authorizationUrl)
  const url = new URL(searchParams.get('redirect_uri') ?? '')
  url.searchParams.set('state', searchParams.get('state') ?? '')
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}
