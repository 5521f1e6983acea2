import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { test as base, type Gsa } from '../support/harness.ts'

// oidc-provider knows nothing of gsa. It checks every proof, and binds the access tokens to the key.

/** The requests that the provider got at its token endpoint, with their answers. */
interface Seen {
  readonly grant: string | null
  readonly proof: Readonly<Record<string, unknown>> | undefined
  readonly status: number
}

interface Provider {
  readonly issuer: string
  readonly seen: Seen[]
}

const clientId = 'an-app'
const clientSecret = 'a secret of the app'

async function startProvider(
  redirectUri: string,
  wantsNonce: boolean,
): Promise<Provider & { readonly server: Server }> {
  const { Provider: OidcProvider } = (await import(
    join(import.meta.dirname, 'node_modules/oidc-provider/lib/index.js')
  )) as {
    Provider: new (
      issuer: string,
      configuration: object,
    ) => {
      callback(): (request: unknown, response: unknown) => void
      use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void
      interactionDetails(request: unknown, response: unknown): Promise<{ prompt: { name: string }; params: Params }>
      interactionFinished(request: unknown, response: unknown, result: object): Promise<void>
      Grant: new (owner: object) => { addOIDCScope(scope: string): void; save(): Promise<string> }
    }
  }
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const seen: Seen[] = []
  const provider = new OidcProvider(issuer, {
    clients: [
      {
        client_id: clientId,
        application_type: 'native',
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => wantsNonce },
    },
    scopes: ['openid', 'offline_access', 'https://www.googleapis.com/auth/drive.appdata', 'email', 'profile'],
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    cookies: { keys: ['for this test only'] },
  })
  provider.use(async (context, next) => {
    if (context.path.startsWith('/interaction/')) {
      const { prompt, params } = await provider.interactionDetails(context.req, context.res)
      const grant = new provider.Grant({ accountId: 'ada', clientId })
      grant.addOIDCScope(params.scope)
      const result =
        prompt.name === 'login' ? { login: { accountId: 'ada' } } : { consent: { grantId: await grant.save() } }
      await provider.interactionFinished(context.req, context.res, result)
      context.respond = false
      return
    }
    await next()
    if (context.path === '/token')
      seen.push({
        grant: context.oidc?.params?.['grant_type'] ?? null,
        proof: claimsOf(context.get('dpop')),
        status: context.status,
      })
  })
  server.on('request', provider.callback())
  return { issuer, seen, server }
}

interface Params {
  readonly scope: string
}

interface Context {
  readonly path: string
  readonly req: unknown
  readonly res: unknown
  readonly status: number
  respond: boolean
  readonly oidc?: { readonly params?: Readonly<Record<string, string>> }
  get(header: string): string
}

function claimsOf(proof: string): Readonly<Record<string, unknown>> | undefined {
  const [, claims] = proof.split('.')
  return claims === undefined
    ? undefined
    : (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Readonly<Record<string, unknown>>)
}

/** Follows redirects with cookies, as a browser does, until the loopback listener has answered. */
async function browse(address: string): Promise<void> {
  const cookies = new Map<string, string>()
  for (let url = address; ;) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const next = response.headers.get('location')
    if (next === null) return
    url = new URL(next, url).href
  }
}

const test = base.extend<{ login: (wantsNonce: boolean) => Promise<{ provider: Provider; run: Gsa['run'] }> }>({
  login: async ({ gsa }, use) => {
    const servers: Server[] = []
    await use(async (wantsNonce) => {
      const redirectUri = `http://127.0.0.1:${await freePort()}/callback`
      const provider = await startProvider(redirectUri, wantsNonce)
      servers.push(provider.server)
      const { issuer } = provider
      const file = gsa.file(
        'client.json',
        JSON.stringify({
          web: {
            client_id: clientId,
            client_secret: clientSecret,
            redirect_uris: [redirectUri],
            auth_uri: `${issuer}/auth`,
            token_uri: `${issuer}/token`,
          },
        }),
      )
      const env = { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: issuer, GSA_CLIENT_SECRETS: file, GSA_DPOP: '1' }
      const run: Gsa['run'] = async (...args) => {
        const options = args.find((arg) => typeof arg !== 'string') ?? {}
        return gsa.run(...args.filter((arg) => typeof arg === 'string'), { ...options, env })
      }
      const login = await run('login', '--no-browser', '--scope', 'openid', '--scope', 'offline_access', '--json', {
        browser: browse,
      })
      expect(login.exitCode, login.stderr).toBe(0)
      expect(login.json).toMatchObject({ refreshToken: { stored: true, bound: true } })
      return { provider, run }
    })
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  },
})

describe('a login with DPoP at oidc-provider', () => {
  test('exchanges, refreshes with rotation, and revokes with proofs', async ({ login }) => {
    const { provider, run } = await login(false)
    const refreshed = await run('refresh', '--json')
    expect(refreshed.json, refreshed.stderr).toMatchObject({ refreshToken: { rotated: true, bound: true } })
    expect((await run('refresh', '--json')).exitCode).toBe(0)
    const revoked = await run('revoke', '--yes', '--json')
    expect(revoked.exitCode, revoked.stderr).toBe(0)
    expect(provider.seen.map(({ grant, status }) => [grant, status])).toEqual([
      ['authorization_code', 200],
      ['refresh_token', 200],
      ['refresh_token', 200],
      ['refresh_token', 400],
    ])
    expect(new Set(provider.seen.map(({ proof }) => proof?.['jti'])).size).toBe(4)
  })

  test('repeats a request once when the provider asks for a nonce, and uses that nonce later', async ({ login }) => {
    const { provider, run } = await login(true)
    for (let round = 0; round < 2; round++) expect((await run('refresh', '--json')).exitCode).toBe(0)
    expect(provider.seen.map(({ grant, status }) => [grant, status])).toEqual([
      ['authorization_code', 400],
      ['authorization_code', 200],
      ['refresh_token', 400],
      ['refresh_token', 200],
      ['refresh_token', 200],
    ])
    expect(provider.seen.map(({ proof }) => typeof proof?.['nonce'])).toEqual([
      'undefined',
      'string',
      'undefined',
      'string',
      'string',
    ])
  })
})
