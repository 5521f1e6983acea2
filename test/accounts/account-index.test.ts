import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AccountIndex, fileAccountIndex } from '../../src/accounts/account-index.ts'

/** An account as version 0.1 stored it, before gsa recorded the history of refresh tokens. */
const before = {
  issuer: 'https://accounts.google.com',
  clientId: '1-a.apps.googleusercontent.com',
  sub: '110',
  clientType: 'web',
  redirectUris: [],
  store: 'keychain',
  claims: { sub: '110', email: 'ada@example.com' },
  requestedScopes: [],
  grantedScopes: ['openid'],
  hasRefreshToken: true,
  rotatesRefreshTokens: false,
  refreshTokenObtainedAt: '2026-01-01T00:00:00.000Z',
  refreshTokenExpiresAt: null,
  accessTokenExpiresAt: '2026-01-01T01:00:00.000Z',
}
const nothing = {
  isBound: false,
  refreshNonce: null,
  otherStores: [],
  refreshTokenUsedAt: null,
  refreshTokenIssuances: [],
  projectRevokedAt: null,
  refreshTokenRefusal: null,
}
const history = {
  isBound: true,
  refreshNonce: 'a nonce',
  otherStores: ['file:/old.age'],
  refreshTokenUsedAt: '2026-01-02T00:00:00.000Z',
  refreshTokenIssuances: ['2026-01-01T00:00:00.000Z'],
  projectRevokedAt: '2026-01-03T00:00:00.000Z',
  refreshTokenRefusal: {
    at: '2026-01-04T00:00:00.000Z',
    error: 'invalid_grant',
    description: null,
    causes: [{ cause: 'unused', likelihood: 'likely' }],
  },
}

let folder = ''
let index: AccountIndex
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gsa-index-'))
  index = fileAccountIndex(folder, { signal: new AbortController().signal, onWait: () => undefined })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(account: object): Promise<unknown> {
  writeFileSync(join(folder, 'accounts.json'), JSON.stringify({ version: 1, accounts: [account], default: null }))
  return (await index.read()).accounts[0]
}

describe('the account list', () => {
  test('reads an entry from a version without history as one without history', async () => {
    expect(await read(before)).toEqual({ ...before, ...nothing })
  })

  test('returns the recorded history', async () => {
    expect(await read({ ...before, ...history })).toEqual({ ...before, ...history })
  })

  test.each(Object.keys(before))('is refused whole where an account has no %s', async (name) => {
    await expect(read({ ...before, [name]: undefined })).rejects.toThrow(
      expect.objectContaining({ code: 'index_damaged' }),
    )
  })

  test.each([
    ['refreshTokenUsedAt', 'soon'],
    ['refreshTokenUsedAt', 7],
    ['refreshTokenIssuances', 'many'],
    ['refreshTokenIssuances', [1]],
    ['projectRevokedAt', {}],
    ['refreshTokenRefusal', 'yes'],
    ['refreshTokenRefusal', { ...history.refreshTokenRefusal, at: 'soon' }],
    ['refreshTokenRefusal', { ...history.refreshTokenRefusal, causes: [{ cause: 'magic', likelihood: 'likely' }] }],
    ['refreshTokenRefusal', { ...history.refreshTokenRefusal, causes: [null] }],
    ['refreshTokenRefusal', { ...history.refreshTokenRefusal, description: 7 }],
  ] as const)('loses no account over a %s of %j', async (name, value) => {
    expect(await read({ ...before, [name]: value })).toEqual({ ...before, ...nothing })
  })
})
