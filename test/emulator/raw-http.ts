import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { Emulator } from '../../src/emulator/index.ts'

/** A response, byte for byte. */
export interface RawAnswer {
  status: number
  /** The reason phrase. */
  reason: string
  headers: IncomingHttpHeaders
  bytes: Buffer
  body: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
  json: any
}

/** Sends one request with nothing added or followed: no redirects, no decompression, no retries. */
export async function send(
  url: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const body = bytes.toString()
        let json: unknown
        try {
          json = JSON.parse(body)
        } catch {
          json = undefined
        }
        const { statusCode: status = 0, statusMessage: reason = '', headers } = response
        resolve({ status, reason, headers, bytes, body, json })
      })
    })
    outgoing.end(options.body)
  })
}

/** Posts a form. */
export async function postForm(
  url: string,
  fields: Record<string, string> | string,
  headers: OutgoingHttpHeaders = {},
): Promise<RawAnswer> {
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return await send(url, { method: 'POST', headers: { ...type, ...headers }, body })
}

/** Sends a JSON request. */
export async function sendJson(
  url: string,
  body: unknown,
  options: { method?: string; headers?: OutgoingHttpHeaders } = {},
): Promise<RawAnswer> {
  const headers = { 'content-type': 'application/json', ...options.headers }
  return await send(url, { method: options.method ?? 'POST', headers, body: JSON.stringify(body) })
}

/** Sends a control request by name, such as `POST clock`. */
export async function control(google: Emulator, request: string, body: unknown): Promise<RawAnswer> {
  const [method = '', path = ''] = request.split(' ')
  return await sendJson(`${google.controlUrl}/${path}`, body, { method })
}

/**
 * Sends a control request that the test depends on.
 * @throws Error with the response when it was not carried out.
 */
export async function configure(google: Emulator, request: string, body: unknown): Promise<void> {
  const { status, body: answer } = await control(google, request, body)
  if (status !== 200) throw new Error(answer)
}

export const driveAppdata = 'https://www.googleapis.com/auth/drive.appdata'
export const emailScope = 'https://www.googleapis.com/auth/userinfo.email'
export const profileScope = 'https://www.googleapis.com/auth/userinfo.profile'

/** Returns the id and secret of a built-in client as form fields. */
export function credentials(
  google: Emulator,
  type: 'web' | 'desktop' | 'tv' = 'web',
): { client_id: string; client_secret: string } {
  const client = google.clients.find((candidate) => candidate.type === type)
  if (!client) throw new Error(`no ${type} client`)
  return { client_id: client.clientId, client_secret: client.clientSecret }
}

/** Exchanges a code; `fields` override or add. */
export async function exchange(
  google: Emulator,
  code: string,
  fields: Record<string, string> = {},
): Promise<RawAnswer> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: '', ...credentials(google), ...fields }
  return await postForm(`${google.driveUrl}/token`, form)
}

/** Refreshes; `fields` override or add. */
export async function refresh(
  google: Emulator,
  refreshToken: string,
  fields: Record<string, string> = {},
): Promise<RawAnswer> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...credentials(google), ...fields }
  return await postForm(`${google.driveUrl}/token`, form)
}

/** Returns the tokens of a fresh mobile sign-in. */
export async function signIn(
  google: Emulator,
  request: Parameters<Emulator['createCode']>[0] = {},
): Promise<{ access_token: string; refresh_token: string; id_token: string; scope: string }> {
  const answer = await exchange(google, await google.createCode({ forceRefreshToken: true, ...request }))
  if (answer.status !== 200) throw new Error(answer.body)
  return answer.json
}

export const bearer = (accessToken: string): { authorization: string } => ({ authorization: `Bearer ${accessToken}` })

/** Returns an authorization URL for the desktop client, or the client in `parameters`; null omits a parameter. */
export function authorizationUrl(google: Emulator, parameters: Record<string, string | null> = {}): string {
  const merged = {
    response_type: 'code',
    client_id: credentials(google, 'desktop').client_id,
    redirect_uri: 'http://127.0.0.1:9/callback',
    scope: `openid email ${driveAppdata}`,
    state: 'the state',
    ...parameters,
  }
  const query = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null)
  return `${google.driveUrl}/o/oauth2/v2/auth?${new URLSearchParams(query).toString()}`
}

export const webRedirectUri = 'http://localhost:8080/oauth2callback'

/** Returns the parameters of an authorization request for the web client. */
export function webRequest(google: Emulator): Record<string, string> {
  return { client_id: credentials(google).client_id, redirect_uri: webRedirectUri, access_type: 'offline' }
}

/** Returns a code verifier and its S256 challenge (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Returns whether the last code was redeemed with PKCE: the emulator rejects a verifier without its challenge. */
export function usedPkce(google: Emulator): boolean {
  const redeemed = google.requests().findLast(({ path }) => path === '/token')
  return redeemed?.status === 200 && redeemed.form['code_verifier'] !== undefined
}

/** Returns the header and claims of a JWT, unverified. */
export function decodeJwt(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header: header ?? {}, claims: claims ?? {} }
}

/** Sends the device authorization request of the built-in limited-input client. */
export async function startDevice(google: Emulator): Promise<{ device_code: string; user_code: string }> {
  const { client_id } = credentials(google, 'tv')
  return (await postForm(`${google.issuer}/device/code`, { client_id, scope: 'email' })).json
}

/** Sends its token request with a device code. */
export async function pollDevice(google: Emulator, device_code: string): Promise<void> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  await postForm(`${google.issuer}/token`, { grant_type, device_code, ...credentials(google, 'tv') })
}
