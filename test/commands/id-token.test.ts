import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test, withGsa } from '../support/harness.ts'
import { onlyInProcess } from '../support/run-on-windows.ts'
import { rsaKeyPair } from '../support/key-pair.ts'

async function tokens(gsa: Gsa, google: Emulator): Promise<{ idToken: string; accessToken: string }> {
  const { json } = await gsa.run('exchange', '-', '--show-tokens', '--json', {
    stdin: await google.createCode({ account: 'grace@corp.example' }),
    printsSecrets: true,
  })
  const value = (name: string): string => (json[name] as { value: string }).value
  return { idToken: value('idToken'), accessToken: value('accessToken') }
}

/**
 * Returns a token whose signature is its own padded hash (RFC 8017 section 9.2): with an exponent of 1 it is valid for
 * every key.
 */
function forgedForExponentOne(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'RS256' })}.${part(claims)}`
  const hash = createHash('sha256').update(input).digest()
  const digest = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash])
  const padding = Buffer.alloc(256 - 3 - digest.length, 0xff)
  return `${input}.${Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), digest]).toString('base64url')}`
}

describe('gsa id-token verify', () => {
  test("verifies a token with the server's keys", async ({ gsa, google }) => {
    const { idToken } = await tokens(gsa, google)
    const result = await gsa.run('id-token', 'verify', '-', '--json', { stdin: `${idToken}\n` })
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      verified: true,
      header: { alg: 'RS256' },
      claims: { email: 'grace@corp.example', hd: 'corp.example' },
    })
    expect((await gsa.run('id-token', 'verify', '-', { stdin: idToken })).stdout).toMatch(
      /^The ID token is valid\.\n {2}iss /,
    )
  })

  test('verifies offline with a file of keys', async ({ gsa, google }) => {
    const { idToken } = await tokens(gsa, google)
    const jwks = gsa.file('jwks.json', await (await fetch(`${google.issuer}/oauth2/v3/certs`)).text())
    await google.close()
    const verify = ['id-token', 'verify', '-', '--jwks', jwks, '--json']
    const valid = await gsa.run(...verify, { stdin: idToken })
    expect(valid.exitCode, valid.stderr).toBe(0)
    const env = { GSA_EMULATOR_HOST: undefined, GSA_CLIENT_SECRETS: undefined }
    const ofGoogle = await gsa.run(...verify, '--audience', 'x', { stdin: idToken, env })
    expect(ofGoogle.exitCode).toBe(6)
    expect(ofGoogle.error).toMatchObject({ code: 'id_token_invalid', details: { check: 'iss' } })
  })

  test('names the failed check, with the expected and the actual value', async ({ gsa, google }) => {
    const { idToken, accessToken } = await tokens(gsa, google)
    const right = gsa.file('at', accessToken)
    const wrong = gsa.file('other', 'ya29.other')
    expect((await gsa.run('id-token', 'verify', idToken, '--access-token-file', right)).exitCode).toBe(0)
    for (const [check, args] of [
      ['aud', ['--audience', 'other']],
      ['nonce', ['--nonce', 'mine']],
      ['exp', ['--now', '4000000000']],
      ['iat', ['--now', '1000000000']],
      ['at_hash', ['--access-token-file', wrong]],
      ['hd', ['--hosted-domain', 'example.com']],
    ] as const) {
      const result = await gsa.run('id-token', 'verify', idToken, '--json', ...args)
      expect(result.exitCode).toBe(6)
      expect(result.error).toMatchObject({ code: 'id_token_invalid', details: { check } })
      expect(result.json).toMatchObject({
        verified: false,
        reason: expect.stringContaining(check) as string,
        header: { alg: 'RS256' },
      })
    }
    gsa.file('other', '')
  })

  test.each([
    ['as the header of a request', (token: string) => `Authorization: Bearer ${token}\n`],
    ['in the response of the button', (token: string) => JSON.stringify({ credential: token, select_by: 'btn' })],
    ['as an optional of Swift', (token: string) => `Optional("${token}")`],
    ['in a log of React Native', (token: string) => ` LOG  {"data": {"idToken": "${token}", "user": {}}}`],
    ['wrapped by a terminal', (token: string) => token.replace(/.{80}/g, '$&\n')],
    ['in UTF-16', (token: string) => Buffer.from(`\ufeff"${token}"\r\n`, 'utf16le')],
  ])('finds a token %s', async (_, pasted) => {
    await withGsa(async (gsa, google) => {
      const { idToken } = await tokens(gsa, google)
      const result = await gsa.run('id-token', 'verify', '--json', { stdin: pasted(idToken) })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(result.json).toMatchObject({ verified: true, claims: { email: 'grace@corp.example' } })
    })
  })

  test('names what was pasted in place of an ID token, without a client', async ({ gsa, google }) => {
    const { accessToken } = await tokens(gsa, google)
    const code = await google.createCode()
    for (const [stdin, found, fix] of [
      [accessToken, 'This is an access token, not an ID token.', 'Pass the ID token of the same login'],
      [code, 'This is an authorization code, not an ID token.', 'gsa exchange'],
    ] as const) {
      const env = { GSA_CLIENT_SECRETS: undefined }
      const result = await gsa.run('id-token', 'verify', '-', '--json', { stdin, env })
      expect(result.exitCode).toBe(6)
      expect(result.json).toEqual({ verified: false, reason: found, header: null })
      expect(result.error).toMatchObject({ code: 'id_token_invalid', cause: found })
      expect(result.error['fix']).toContain(fix)
    }
  })

  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unknown = (claims: object, header: object = {}): string =>
    `${part({ alg: 'RS256', kid: 'made-up', ...header })}.${part({ sub: '1', ...claims })}.${'A'.repeat(342)}`

  test.each([
    ['of Apple', { iss: 'https://appleid.apple.com', aud: 'com.example.app' }, {}, 'claims to be from Apple,'],
    ['of a tenant', { iss: 'https://p.eu.auth0.com/', aud: 'x' }, {}, 'claims to be from Auth0,'],
    ['of another server', { iss: 'https://login.example', aud: ['a', 'b'] }, {}, 'claims to be from another issuer,'],
    ['of another algorithm', { iss: 'https://x.supabase.co/auth/v1', aud: 'x' }, { alg: 'HS256' }, 'from Supabase,'],
    ['of Google', { iss: 'https://accounts.google.com', aud: 'x' }, {}, 'unset GSA_EMULATOR_HOST'],
    ['of another emulator', { iss: 'http://127.0.0.1:1', aud: 'x' }, {}, 'from a test server'],
  ])('shows the claimed issuer and audience of a token %s', async (_, claims, header, fix) => {
    await withGsa(async (gsa) => {
      const stdin = unknown(claims, header)
      const result = await gsa.run('id-token', 'verify', '-', '--json', { stdin })
      expect(result.exitCode).toBe(6)
      const shown = `Claimed, not verified: iss ${JSON.stringify(claims.iss)}, aud ${JSON.stringify(claims.aud)}.`
      expect(result.json).toMatchObject({
        verified: false,
        reason: expect.stringContaining(shown) as string,
        header: { kid: 'made-up' },
        claimed: claims,
      })
      expect(result.error).toMatchObject({ code: 'id_token_invalid', fix: expect.stringContaining(fix) as string })
      expect((await gsa.run('id-token', 'verify', '-', { stdin })).stderr.replace(/\s+/g, ' ')).toContain(shown)
    })
  })

  test('shows no control characters of a claimed issuer', async ({ gsa }) => {
    const stdin = unknown({ iss: '\u001b[2K\r\u202eevil', aud: '\u009b1A' })
    for (const args of [[], ['--json']]) {
      const { stdout, stderr } = await gsa.run('id-token', 'verify', '-', ...args, { stdin })
      // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
      expect(stderr).toContain('evil')
    }
  })

  test("refuses a token that anyone can forge because the key's exponent is 1", async ({ gsa }) => {
    const { publicKey } = rsaKeyPair()
    const jwks = gsa.file('jwks.json', JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), e: 'AQ' }] }))
    const env = { GSA_EMULATOR_HOST: undefined, GSA_CLIENT_SECRETS: undefined }
    const claims = { iss: 'https://accounts.google.com', aud: 'x', sub: '1', iat: 1_800_000_000, exp: 1_800_003_600 }
    const args = ['--jwks', jwks, '--audience', 'x', '--now', '1800000000', '--json']
    const result = await gsa.run('id-token', 'verify', '-', ...args, { stdin: forgedForExponentOne(claims), env })
    expect(result.exitCode).toBe(6)
    expect(result.error).toMatchObject({ code: 'id_token_invalid', details: { check: 'the exponent of the key' } })
  })

  test('finds a new key, and refuses a retired one', async ({ gsa, google }) => {
    onlyInProcess('keeps no keys between runs, because its store is in memory')
    const { idToken } = await tokens(gsa, google)
    await google.rotateKeys()
    expect((await gsa.run('id-token', 'verify', idToken)).exitCode).toBe(0)
    await google.rotateKeys({ retire: true })
    const result = await gsa.run('id-token', 'verify', idToken, '--json')
    expect(result.error).toMatchObject({ code: 'id_token_invalid', details: { check: 'kid' } })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a token with a forged payload', 'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiIxIn0.c2ln'],
  ])('refuses %s with exit code 6', async (_, token) => {
    await withGsa(async (gsa) => {
      const result = await gsa.run('id-token', 'verify', '-', '--json', { stdin: token })
      expect(result.exitCode).toBe(6)
    })
  })

  test('asks for the expected audience when it cannot know it', async ({ gsa }) => {
    const result = await gsa.run('id-token', 'verify', 'x.y.z', '--json', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(result.exitCode).toBe(2)
    expect(result.error['message']).toContain('--audience')
  })
})
