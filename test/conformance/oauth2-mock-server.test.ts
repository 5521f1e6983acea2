import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type MutableResponse,
  type MutableToken,
  OAuth2Issuer,
  OAuth2Service,
  type TokenRequestIncomingMessage,
} from 'oauth2-mock-server'
import { describe, expect } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import { type Gsa, test as harnessTest, type Run, type RunOptions } from '../support/harness.ts'

// An authorization server that shares no code with ours. Its peculiarities: no consent page, one subject, the scope
// "dummy" for every grant, a new refresh token in every response, no at_hash, and a revocation that revokes nothing.

/** The other server, and ways to change its responses. */
interface OtherServer {
  readonly issuer: string
  /** Changes the token endpoint's next responses. */
  onTokenResponse(change: (response: MutableResponse, form: Record<string, string>) => void): void
  /** Changes the next tokens before they are signed. */
  onSigning(change: (token: MutableToken) => void): void
  /** Answers at a path instead of the server; undefined leaves the request to it. */
  readonly instead: Map<string, (request: IncomingMessage, response: ServerResponse) => void>
  /** The forms that the token endpoint received. */
  readonly tokenRequests: Record<string, string>[]
}

const test = harnessTest.extend<{ other: OtherServer; run: Gsa['run'] }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  other: async ({}, use) => {
    const issuer = new OAuth2Issuer()
    await issuer.keys.generate('RS256')
    const service = new OAuth2Service(issuer)
    const instead: OtherServer['instead'] = new Map()
    const server = createServer((request, response) => {
      const answer = instead.get(new URL(request.url ?? '/', 'http://other.invalid').pathname)
      if (answer === undefined) service.requestHandler(request, response)
      else answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // By default it calls itself localhost, which is not a loopback literal.
    issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const tokenRequests: Record<string, string>[] = []
    const formOf = (request: TokenRequestIncomingMessage): Record<string, string> => ({
      ...(request.body as unknown as Record<string, string>),
    })
    service.on('beforeResponse', (_: MutableResponse, request: TokenRequestIncomingMessage) =>
      tokenRequests.push(formOf(request)),
    )
    await use({
      issuer: issuer.url,
      instead,
      tokenRequests,
      onTokenResponse: (change) =>
        service.on('beforeResponse', (response: MutableResponse, request: TokenRequestIncomingMessage) =>
          change(response, formOf(request)),
        ),
      onSigning: (change) => service.on('beforeTokenSigning', (token: MutableToken) => change(token)),
    })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  },
  run: async ({ gsa, other }, use) => {
    await use(async (...args) => {
      const options = args.find((arg): arg is RunOptions => typeof arg !== 'string') ?? {}
      const argv = args.filter((arg) => typeof arg === 'string')
      return gsa.run(...argv, {
        ...options,
        env: {
          GSA_EMULATOR_HOST: undefined,
          GSA_ISSUER: other.issuer,
          GSA_CLIENT_SECRETS: gsa.desktopClient,
          ...options.env,
        },
      })
    })
  },
})

/** Returns the other server's code for a redirect URI, as a browser would return it. */
async function codeFor(other: OtherServer, redirectUri: string): Promise<string> {
  const address = new URL('/authorize', other.issuer)
  address.search = new URLSearchParams({ response_type: 'code', redirect_uri: redirectUri, scope: 'openid' }).toString()
  const { url } = await answerConsent(address.href)
  return new URL(url).searchParams.get('code') ?? ''
}

// Nothing listens there, but the code is in the address.
const nowhere = 'http://127.0.0.1:9/callback'

async function exchange(run: Gsa['run'], other: OtherServer): Promise<Run> {
  const stdin = await codeFor(other, nowhere)
  return run('exchange', '-', '--from', 'desktop', '--redirect-uri', nowhere, '--json', { stdin })
}

/** Returns the refresh token in the memory store. */
function storedRefreshToken(gsa: Gsa): string | undefined {
  const [, value] = [...gsa.memory].find(([item]) => item.startsWith('credential ')) ?? []
  return (JSON.parse(value ?? '{}') as { refresh_token?: string }).refresh_token
}

describe('another authorization server', () => {
  test('supports a login through the loopback listener: PKCE, state, nonce and ID token meet its expectations', async ({
    other,
    run,
  }) => {
    const result = await run('login', '--json', { browser: {} })
    expect(result).toMatchObject({
      exitCode: 0,
      json: {
        issuer: other.issuer,
        account: { sub: 'johndoe' },
        refreshToken: { received: true, stored: true },
        idToken: { verified: true, claims: { nonce: expect.any(String) as string } },
      },
    })
    expect(other.tokenRequests).toHaveLength(1)
    expect(other.tokenRequests[0]).toMatchObject({ code_verifier: expect.stringMatching(/^.{43}$/) as string })
  })

  test('has its granted scopes distinguished from the requested ones', async ({ run }) => {
    const { json } = await run('login', '--scope', 'openid', '--scope', 'email', '--json', { browser: {} })
    expect(json['scopes']).toMatchObject({
      granted: ['dummy'],
      missing: expect.arrayContaining(['openid']) as string[],
    })
    expect(json['warnings']).toContainEqual(expect.objectContaining({ code: 'scopes_missing' }))
  })

  test('exchanges a code from elsewhere', async ({ other, run }) => {
    expect(await exchange(run, other)).toMatchObject({
      exitCode: 0,
      json: { account: { sub: 'johndoe' }, refreshToken: { stored: true }, idToken: { verified: true } },
    })
    expect(other.tokenRequests).toMatchObject([{ grant_type: 'authorization_code', redirect_uri: nowhere }])
  })

  test('has the rotated refresh token of a refresh stored, and gets it at the next one', async ({
    gsa,
    other,
    run,
  }) => {
    await exchange(run, other)
    const first = storedRefreshToken(gsa)
    expect(await run('refresh', '--json')).toMatchObject({
      exitCode: 0,
      json: { refreshToken: { received: true, stored: true, rotated: true } },
    })
    const second = storedRefreshToken(gsa)
    expect(second).not.toBe(first)
    expect((await run('refresh')).exitCode).toBe(0)
    expect(other.tokenRequests.slice(1).map((form) => form['refresh_token'])).toEqual([first, second])
  })

  test('leaves the stored refresh token in place when a refresh returns none', async ({ gsa, other, run }) => {
    await exchange(run, other)
    const stored = storedRefreshToken(gsa)
    other.onTokenResponse((response) => {
      response.body = { ...(response.body as Record<string, unknown>), refresh_token: undefined }
    })
    expect(await run('refresh', '--json')).toMatchObject({
      exitCode: 0,
      json: { refreshToken: { received: false, rotated: false } },
    })
    expect(storedRefreshToken(gsa)).toBe(stored)
  })

  test('is caught when its revocation revokes nothing', async ({ gsa, other, run }) => {
    await exchange(run, other)
    const result = await run('revoke', '--yes', '--json')
    expect(result).toMatchObject({ exitCode: 5, stdout: '', error: { code: 'revocation_unproven' } })
    expect(storedRefreshToken(gsa)).toBeUndefined()
  })

  test('proves a revocation by refusing the refresh token', async ({ other, run }) => {
    await exchange(run, other)
    other.onTokenResponse((response) => {
      response.statusCode = 400
      response.body = { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }
    })
    expect(await run('revoke', '--yes', '--json')).toMatchObject({ exitCode: 0, json: { proven: true } })
  })

  test('has a refused revocation reported, and the local copy is gone', async ({ gsa, other, run }) => {
    await exchange(run, other)
    other.instead.set('/revoke', answerJson(400, { error: 'unsupported_token_type' }))
    const result = await run('revoke', '--yes', '--json')
    expect(result).toMatchObject({ exitCode: 5, stdout: '', error: { code: 'revocation_refused' } })
    expect(storedRefreshToken(gsa)).toBeUndefined()
  })
})

describe('a server that names another issuer in its metadata', () => {
  test('is not used', async ({ other, run }) => {
    const document = (await (await fetch(`${other.issuer}/.well-known/openid-configuration`)).json()) as object
    other.instead.set(
      '/.well-known/openid-configuration',
      answerJson(200, { ...document, issuer: 'http://127.0.0.1:1' }),
    )
    const result = await run('login', '--json')
    expect(result).toMatchObject({ exitCode: 3, stdout: '', error: { code: 'invalid_answer' } })
  })
})

describe('an ID token that does not fit', () => {
  const misfits = [
    ['is for another client', (token) => (token.payload['aud'] = 'somebody-else'), 'aud'],
    ['is from another issuer', (token) => (token.payload.iss = 'http://127.0.0.1:1'), 'iss'],
    ['has another nonce', (token) => (token.payload['nonce'] = 'n-0S6_WzA2Mj'), 'nonce'],
    ['is too old', (token) => (token.payload.exp = token.payload.iat - 3600), 'exp'],
    ['has no subject', (token) => delete token.payload['sub'], 'sub'],
    ['names an unknown key', (token) => (token.header.kid = 'unknown'), 'kid'],
  ] as const satisfies readonly (readonly [string, (token: MutableToken) => unknown, string])[]
  for (const [misfit, change, check] of misfits) {
    test(`ends the login with exit 6 when it ${misfit}, and nothing is stored`, async ({ gsa, other, run }) => {
      other.onSigning(change)
      const result = await run('login', '--json', { browser: {} })
      expect(result).toMatchObject({
        exitCode: 6,
        stdout: '',
        error: { code: 'id_token_invalid', details: { check } },
      })
      expect(gsa.memory.size).toBe(0)
    })
  }

  test('ends a refresh with exit 6 when it is for another account, and the stored account stays', async ({
    gsa,
    other,
    run,
  }) => {
    await exchange(run, other)
    other.onSigning((token) => {
      token.payload['sub'] = 'janedoe'
    })
    const result = await run('refresh', '--json')
    expect(result).toMatchObject({ exitCode: 6, stdout: '', error: { code: 'account_changed' } })
    expect(storedRefreshToken(gsa)).toBeDefined()
    expect((await run('whoami', '--json')).json).toMatchObject({ account: { sub: 'johndoe' } })
  })
})

describe('an unsuccessful token response', () => {
  const html = (status: number) => (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title>')
  const answers = [
    ['invalid_grant', answerJson(400, { error: 'invalid_grant' }), 5, 'code_refused', 4, 'refresh_token_refused'],
    ['invalid_client', answerJson(401, { error: 'invalid_client' }), 5, 'client_refused', 5, 'client_refused'],
    [
      'an unknown error',
      answerJson(400, { error: 'tea_time' }),
      5,
      'token_request_refused',
      5,
      'token_request_refused',
    ],
    ['an empty object', answerJson(200, {}), 3, 'code_fate_unknown', 3, 'invalid_answer'],
    ['a web page', html(200), 3, 'code_fate_unknown', 3, 'invalid_answer'],
    ['status 500', answerJson(500, { error: 'server_error' }), 3, 'code_fate_unknown', 3, 'server_failed'],
    ['a web page with status 502', html(502), 3, 'code_fate_unknown', 3, 'server_failed'],
    ['a redirect', answerRedirect('http://127.0.0.1:9/elsewhere'), 3, 'code_fate_unknown', 3, 'invalid_answer'],
    ['a broken connection', breakConnection, 3, 'code_fate_unknown', 3, 'unreachable'],
  ] as const

  for (const [what, answer, codeExit, codeFailure, refreshExit, refreshFailure] of answers) {
    test(`${what} ends an exchange with exit ${codeExit} and a refresh with exit ${refreshExit}; a code is sent once`, async ({
      gsa,
      other,
      run,
    }) => {
      await exchange(run, other)
      const stored = storedRefreshToken(gsa)
      let requests = 0
      other.instead.set('/token', (request, response) => {
        requests++
        answer(request, response)
      })

      const exchanged = await exchange(run, other)
      expect(exchanged).toMatchObject({ exitCode: codeExit, stdout: '', error: { code: codeFailure } })
      expect(requests).toBe(1)
      expect(storedRefreshToken(gsa)).toBe(stored)

      const refreshed = await run('refresh', '--json')
      expect(refreshed).toMatchObject({ exitCode: refreshExit, stdout: '', error: { code: refreshFailure } })
      expect(storedRefreshToken(gsa)).toBe(refreshFailure === 'refresh_token_refused' ? undefined : stored)
    })
  }
})

function answerJson(status: number, body: object): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function answerRedirect(location: string): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) => response.writeHead(307, { location }).end()
}

function breakConnection(request: IncomingMessage): void {
  request.socket.destroy()
}
