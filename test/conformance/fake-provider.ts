import { createHash, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Gsa, test as harnessTest, type RunOptions } from '../support/harness.ts'
import { rsaKeyPair } from '../support/key-pair.ts'

// An OpenID provider that returns whatever a test specifies: hostile responses for which the emulator has no fault. Its
// tokens look like Google's, so that the harness recognizes them as secrets.

type Members = Record<string, unknown>

/** A JWT before it is signed. */
interface DraftToken {
  readonly header: Members
  readonly claims: Members
}

/**
 * The provider's deviations. Each function gets what an honest provider would return; anything left out stays honest.
 */
interface Misdeeds {
  readonly discovery?: (document: Members) => Members
  readonly idToken?: (draft: DraftToken) => DraftToken
  readonly tokenResponse?: (body: Members) => Members
  /** Answers at a path (`/token`, `/revoke`) instead of the provider. */
  readonly instead?: (request: { path: string; form: URLSearchParams }, response: ServerResponse) => boolean
}

/** One request as it arrived. */
interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** The provider. Its deviations may change while it runs. */
export interface FakeProvider {
  readonly issuer: string
  misdeeds: Misdeeds
  readonly requests: Seen[]
  /** The requests to one path. */
  to(path: string): Seen[]
  close(): Promise<void>
}

// Created once: keys cost more than everything else here.
let keyPair: ReturnType<typeof newKeyPair> | undefined

function newKeyPair() {
  return rsaKeyPair()
}

const kid = 'key'
const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url')

interface Grant {
  readonly clientId: string
  readonly nonce: string | undefined
  readonly scope: string
}

/** Starts a provider on a free port of 127.0.0.1. */
async function startFakeProvider(): Promise<FakeProvider> {
  const jwksPath = `/keys-${randomBytes(6).toString('hex')}`
  const codes = new Map<string, Grant>()
  const refreshTokens = new Map<string, Grant>()
  let serial = 0
  const { publicKey, privateKey } = (keyPair ??= newKeyPair())
  const opaque = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64url')}${serial++}`

  const server = createServer((request, response) => {
    void answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: FakeProvider = {
    issuer,
    misdeeds: {},
    requests: [],
    to: (path) => provider.requests.filter((request) => request.path === path),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer)
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const { method = '', headers } = request
    const seen: Seen = { method, path: url.pathname, query: url.searchParams, form, headers }
    provider.requests.push(seen)
    if (provider.misdeeds.instead?.({ path: seen.path, form }, response) === true) return
    endpointOf(seen.path)(seen, response)
  }

  function endpointOf(path: string): (seen: Seen, response: ServerResponse) => void {
    if (path === '/.well-known/openid-configuration') return discovery
    if (path === '/authorize') return authorize
    if (path === '/token') return token
    if (path === jwksPath) return jwks
    if (path === '/revoke') return (seen, response) => sendJson(response, revoke(seen) ? 200 : 400, {})
    return (_, response) => sendJson(response, 404, { error: 'not_found' })
  }

  function discovery(_: Seen, response: ServerResponse): void {
    const document = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}${jwksPath}`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }
    sendJson(response, 200, provider.misdeeds.discovery?.(document) ?? document)
  }

  function authorize({ query }: Seen, response: ServerResponse): void {
    const code = opaque('4/0A')
    const asked = (name: string): string => query.get(name) ?? ''
    codes.set(code, { clientId: asked('client_id'), nonce: query.get('nonce') ?? undefined, scope: asked('scope') })
    const target = new URL(asked('redirect_uri'))
    for (const [name, value] of Object.entries({ code, state: asked('state'), iss: issuer }))
      target.searchParams.set(name, value)
    response.writeHead(302, { location: target.href }).end()
  }

  function token({ form }: Seen, response: ServerResponse): void {
    const kind = form.get('grant_type') ?? ''
    const grants = kind === 'refresh_token' ? refreshTokens : codes
    const value = form.get(kind === 'refresh_token' ? 'refresh_token' : 'code') ?? ''
    const grant = grants.get(value)
    if (grant === undefined) {
      sendJson(response, 400, { error: 'invalid_grant' })
      return
    }
    codes.delete(value)
    const accessToken = opaque('ya29.')
    const refreshToken = opaque('1//0')
    if (kind !== 'refresh_token') refreshTokens.set(refreshToken, grant)
    const honest = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3599,
      scope: grant.scope,
      id_token: idToken(grant, kind, accessToken),
      ...(kind === 'refresh_token' ? {} : { refresh_token: refreshToken }),
    }
    sendJson(response, 200, provider.misdeeds.tokenResponse?.(honest) ?? honest)
  }

  function idToken({ clientId, nonce }: Grant, kind: string, accessToken: string): string {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      aud: clientId,
      sub: 'ada',
      iat: now,
      exp: now + 3600,
      email: 'ada@example.com',
      at_hash: base64url(createHash('sha256').update(accessToken).digest().subarray(0, 16)),
      ...(kind === 'refresh_token' || nonce === undefined ? {} : { nonce }),
    }
    const honest = { header: { alg: 'RS256', kid, typ: 'JWT' }, claims }
    const draft = provider.misdeeds.idToken?.(honest) ?? honest
    const input = `${base64url(JSON.stringify(draft.header))}.${base64url(JSON.stringify(draft.claims))}`
    return `${input}.${base64url(sign('sha256', Buffer.from(input), privateKey))}`
  }

  function jwks(_: Seen, response: ServerResponse): void {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
    sendJson(response, 200, { keys: [jwk] }, { 'cache-control': 'public, max-age=3600' })
  }

  function revoke({ form }: Seen): boolean {
    return refreshTokens.delete(form.get('token') ?? '')
  }

  return provider
}

/** Returns a JSON response. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** `test` with a fake provider and a `gsa` that is set up for it. */
export const test = harnessTest.extend<{ provider: FakeProvider; run: Gsa['run'] }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  provider: async ({}, use) => {
    const provider = await startFakeProvider()
    await use(provider)
    await provider.close()
  },
  run: async ({ gsa, provider }, use) => {
    await use(async (...args) => {
      const options = args.find((arg): arg is RunOptions => typeof arg !== 'string') ?? {}
      const env = {
        GSA_EMULATOR_HOST: undefined,
        GSA_ISSUER: provider.issuer,
        GSA_DRIVE_URL: provider.issuer,
        GSA_CLIENT_SECRETS: gsa.desktopClient,
        ...options.env,
      }
      return gsa.run(...args.filter((arg) => typeof arg === 'string'), { ...options, env })
    })
  },
})
