import { createHash, createHmac, constants, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test as harnessTest, type Gsa, type RunOptions } from '../support/harness.ts'

// An OpenID provider that is honest by default and wrong in one place at a time. Its tokens look like Google's, so that the
// hunt for secrets of the harness knows them.

type Members = Record<string, unknown>

/** A JWT before it is signed. */
export interface DraftToken {
  readonly header: Members
  readonly claims: Members
}

/** A signing key and its name. */
export interface ProviderKey {
  readonly kid: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** What the provider does wrong. Each function gets what an honest provider would give; what is left out stays honest. */
export interface Misdeeds {
  readonly discovery?: (document: Members) => Members
  /** The parameters of the redirect; null drops one. */
  readonly authorizationResponse?: (honest: Record<string, string>) => Record<string, string | null>
  /** The ID token; `grant` is the grant that it is an answer to. */
  readonly idToken?: (draft: DraftToken, grant: string) => DraftToken
  readonly sign?: (draft: DraftToken, key: ProviderKey) => string
  readonly jwks?: (keys: readonly Members[]) => readonly Members[]
  readonly tokenResponse?: (body: Members, grant: string) => Members
  /** Answers at a path (`/token`, `/revoke`, `/jwks`) instead of the provider. */
  readonly instead?: (request: { path: string; form: URLSearchParams }, response: ServerResponse) => boolean
  /** Called when the token endpoint is about to answer. */
  readonly beforeToken?: (provider: FakeProvider) => void
}

/** One request as it arrived. */
interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** The provider. Its misdeeds may change while it runs. */
export interface FakeProvider {
  readonly issuer: string
  misdeeds: Misdeeds
  readonly requests: Seen[]
  /** The requests to one path. */
  to(path: string): Seen[]
  /** Signs with a new key from now on; only that one is published. */
  rotateKeys(): void
  close(): Promise<void>
}

// Made once: keys cost more than everything else here.
const keyPairs: { publicKey: KeyObject; privateKey: KeyObject }[] = []

function keyPair(at: number): { publicKey: KeyObject; privateKey: KeyObject } {
  keyPairs[at] ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
  return keyPairs[at]
}

/** A key of the provider that nobody has published. */
export function unpublishedKey(kid: string): ProviderKey {
  return { kid, ...keyPair(9) }
}

/** A public key as a JWK. */
export function jwkOf({ publicKey, kid }: ProviderKey): Members {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
}

const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url')

/** A compact JWS of a draft, made with `signature` over its first two parts. */
export function compact({ header, claims }: DraftToken, signature: (input: Buffer) => Buffer): string {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
  return `${input}.${base64url(signature(Buffer.from(input)))}`
}

/** The ways to sign that the tests need. */
export const signatures = {
  RS256:
    ({ privateKey }: ProviderKey) =>
    (input: Buffer): Buffer =>
      sign('sha256', input, privateKey),
  RS512:
    ({ privateKey }: ProviderKey) =>
    (input: Buffer): Buffer =>
      sign('sha512', input, privateKey),
  PS256:
    ({ privateKey }: ProviderKey) =>
    (input: Buffer): Buffer =>
      sign('sha256', input, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  ES256: () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return (input: Buffer): Buffer => sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  },
  /** Keyed with the public key, as in the classic confusion of algorithms. */
  HS256:
    ({ publicKey }: ProviderKey) =>
    (input: Buffer): Buffer =>
      createHmac('sha256', publicKey.export({ format: 'pem', type: 'spki' }))
        .update(input)
        .digest(),
  none: () => (): Buffer => Buffer.alloc(0),
}

interface Grant {
  readonly clientId: string
  readonly nonce: string | undefined
  readonly scope: string
}

/** Starts a provider on a free port of 127.0.0.1. */
async function startFakeProvider(misdeeds: Misdeeds = {}): Promise<FakeProvider> {
  const jwksPath = `/keys-${randomBytes(6).toString('hex')}`
  const codes = new Map<string, Grant>()
  const refreshTokens = new Map<string, Grant>()
  let generation = 0
  let serial = 0
  const key = (): ProviderKey => ({ kid: `key-${generation}`, ...keyPair(generation) })
  const opaque = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64url')}${serial++}`

  const server = createServer((request, response) => {
    void answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: FakeProvider = {
    issuer,
    misdeeds,
    requests: [],
    to: (path) => provider.requests.filter((request) => request.path === path),
    rotateKeys: () => {
      generation++
    },
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
    if (provider.misdeeds.instead?.({ path: seen.path === jwksPath ? '/jwks' : seen.path, form }, response) === true)
      return
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
    const honest = { code, state: asked('state'), iss: issuer }
    const target = new URL(asked('redirect_uri'))
    for (const [name, value] of Object.entries(provider.misdeeds.authorizationResponse?.(honest) ?? honest))
      if (value !== null) target.searchParams.set(name, value)
    response.writeHead(302, { location: target.href }).end()
  }

  function token({ form }: Seen, response: ServerResponse): void {
    provider.misdeeds.beforeToken?.(provider)
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
    const body = provider.misdeeds.tokenResponse?.(honest, kind) ?? honest
    // A refresh token that a misdeed made up works, too: rotation is one of them.
    const made = body['refresh_token']
    if (typeof made === 'string') refreshTokens.set(made, grant)
    sendJson(response, 200, body)
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
    const honest = { header: { alg: 'RS256', kid: key().kid, typ: 'JWT' }, claims }
    const draft = provider.misdeeds.idToken?.(honest, kind) ?? honest
    return provider.misdeeds.sign?.(draft, key()) ?? compact(draft, signatures.RS256(key()))
  }

  function jwks(_: Seen, response: ServerResponse): void {
    const keys = [jwkOf(key())]
    sendJson(
      response,
      200,
      { keys: provider.misdeeds.jwks?.(keys) ?? keys },
      { 'cache-control': 'public, max-age=3600' },
    )
  }

  function revoke({ form }: Seen): boolean {
    return refreshTokens.delete(form.get('token') ?? '')
  }

  return provider
}

/** A JSON answer. */
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
