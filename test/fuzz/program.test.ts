import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { serializeCredential } from '../../src/accounts/credential.ts'
import { Secret } from '../../src/core/secret.ts'
import type { HttpResponse } from '../../src/http/request.ts'
import { run } from '../../src/run.ts'
import { answersOf, jsonAnswers } from './fake-http.ts'
import { bytesOf, damaged, property } from './property.ts'
import { runQuietly } from './quiet-run.ts'
import { runs } from './scale.ts'

// The whole program with an account in its memory store, and a server that answers every request with the same
// arbitrary response.

let server: Server
let issuer = ''
let folder = ''
let answers: readonly HttpResponse[] = []
let served = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gsa-fuzz-'))
  const web = { client_id: 'c', client_secret: 'GOCSPX-clientSecret', redirect_uris: [] }
  writeFileSync(join(folder, 'client.json'), JSON.stringify({ web }))
  server = createServer((request, response) => {
    request.resume()
    if (request.url === '/.well-known/openid-configuration') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(discovery()))
      return
    }
    const { status, headers, body } = answers[served++ % answers.length] as HttpResponse
    response.statusCode = status
    // A server cannot send a header that Node refuses to send.
    if (/^[\x20-\x7e]*$/.test(headers['content-type'] ?? ''))
      response.setHeader('content-type', headers['content-type'] ?? '')
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const discovery = (): object => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  jwks_uri: `${issuer}/keys`,
})

/** Returns a memory store with one complete account. */
function filledMemory(): Map<string, string> {
  const key = { issuer, clientId: 'c', sub: '1' }
  const client = {
    type: 'web',
    clientId: 'c',
    clientSecret: new Secret('GOCSPX-clientSecret'),
    redirectUris: [],
  } as const
  const account = {
    ...key,
    clientType: 'web',
    redirectUris: [],
    store: 'memory',
    claims: { sub: '1', email: 'ada@example.com' },
    requestedScopes: ['openid'],
    grantedScopes: ['openid'],
    hasRefreshToken: true,
    rotatesRefreshTokens: false,
    refreshTokenObtainedAt: '2026-01-01T00:00:00Z',
    refreshTokenExpiresAt: null,
    accessTokenExpiresAt: null,
  }
  const now = new Date().toISOString()
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const cached = { v: 1, access_token: 'ya29.accessAccess', issued_at: now, expires_at: later }
  const credential = serializeCredential({
    key,
    client,
    email: null,
    obtainedAt: null,
    dpopKey: undefined,
    refreshToken: new Secret('1//0refreshRefresh'),
  })
  return new Map([
    ['accounts', JSON.stringify({ version: 1, accounts: [account], default: null })],
    [`credential ${issuer} c 1`, credential.reveal()],
    [`access-token ${issuer} c 1`, JSON.stringify(cached)],
  ])
}

const file = { id: '1a', name: 'a', mimeType: 't', size: '1', md5Checksum: 'x', createdTime: 't', modifiedTime: 't' }
const files = fc.array(fc.oneof(damaged(file), fc.jsonValue({ maxDepth: 1 })), { maxLength: 3 })
const tokens = {
  access_token: 'ya29.newNewNewNew',
  token_type: 'Bearer',
  expires_in: 3599,
  refresh_token: '1//0newNewNewNew',
  scope: 'openid',
  error: 'invalid_grant',
}
const bodies = fc.oneof(
  files.map((list) => ({ files: list })),
  damaged(file),
  damaged(tokens),
  damaged({ ...tokens, error: undefined }),
  damaged({ user: { emailAddress: 'a' }, storageQuota: { limit: '1', usage: '1' } }),
  damaged({ code: 403, message: 'No.', errors: [{ reason: 'x' }] }).map((error) => ({ error })),
)
// Retries would cost seconds each; waiting has its own tests.
const isQuick = ({ status }: HttpResponse): boolean => status !== 429 && status < 500 && status >= 200
const anyAnswers = fc.array(
  fc
    .oneof(
      answersOf(bytesOf(bodies.map((body) => JSON.stringify(body)))),
      jsonAnswers(['files', 'keys', 'error', 'id']),
    )
    .filter(isQuick),
  { minLength: 1, maxLength: 3 },
)
const commands = fc.constantFrom(
  ['drive', 'ls-appfolder'],
  ['drive', 'ls-appfolder', '--json'],
  ['drive', 'ls-appfolder', '--long', '--limit', '2'],
  ['drive', 'info'],
  ['drive', 'info', '--json'],
  ['drive', 'get', 'a', '--output', '-'],
  ['drive', 'rm', 'a', '--yes'],
  ['refresh'],
  ['refresh', '--json'],
  ['refresh', '--debug'],
  ['token', '--min-ttl', '2h'],
  ['revoke', '--yes'],
  ['exchange', '4/0AcodeCodeCodeCode', '--client-secrets', 'FILE'],
  ['exchange', '4/0AcodeCodeCodeCode', '--client-secrets', 'FILE', '--debug'],
)

const named = (argument: string): string => (argument === 'FILE' ? join(folder, 'client.json') : argument)

describe('every command', () => {
  property(
    "exits with a listed code, whatever the server's response",
    fc.tuple(commands, anyAnswers),
    async ([argv, given]) => {
      answers = given
      served = 0
      const env = {
        HOME: folder,
        GSA_CONFIG_DIR: folder,
        GSA_STORE: 'memory',
        GSA_ISSUER: issuer,
        GSA_DRIVE_URL: issuer,
      }
      const { exitCode, stdout, stderr } = await runQuietly(run, argv.map(named), env, filledMemory())
      expect([0, 2, 3, 4, 5, 6, 7], `${argv.join(' ')}: ${stderr}`).toContain(exitCode)
      const shown = argv[0] === 'token' ? stderr : stdout + stderr
      expect(shown).not.toMatch(/GOCSPX-client|1\/\/0refresh|ya29\.access|4\/0Acode/)
      // Drive's description of a file is shown, whatever it is.
      if (argv[0] !== 'drive') expect(shown).not.toContain('newNewNew')
      // A file's content is written unchanged.
      // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
      if (argv[1] !== 'get') expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    },
    { portion: 150, whole: runs },
  )
})
