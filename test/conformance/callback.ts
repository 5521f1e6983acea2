import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

/** An answer of the listener of a login. */
export interface CallbackAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request to the listener, with nothing followed. */
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

/** The redirect URI of an authorization request, with parameters; the state of the request is added. */
export function callbackOf(authorizationUrl: string, parameters: Readonly<Record<string, string>> = {}): URL {
  const { searchParams } = new URL(authorizationUrl)
  const url = new URL(searchParams.get('redirect_uri') ?? '')
  url.searchParams.set('state', searchParams.get('state') ?? '')
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}
