import { describe, expect, test } from 'vitest'
import { accountState, recordedState, type StateEvidence } from '../../src/accounts/account-state.ts'

const now = Date.parse('2026-06-01T00:00:00.000Z')
const [monday, tuesday] = ['2026-05-04T00:00:00.000Z', '2026-05-05T00:00:00.000Z']

/** An account with a refresh token that gsa knows nothing about. */
const found: StateEvidence = {
  hasRefreshToken: true,
  projectRevokedAt: null,
  refreshTokenRefusal: null,
  refreshTokenObtainedAt: monday,
  refreshTokenUsedAt: null,
  refreshTokenExpiresAt: null,
  refreshTokenIssuances: [],
  accessTokenExpiresAt: null,
}
const used: StateEvidence = { ...found, refreshTokenUsedAt: tuesday }
const refusal = { at: tuesday, error: 'invalid_grant', description: null, causes: [] }

describe('an account is', () => {
  test.each<readonly [state: string, cause: string | null, when: string, account: StateEvidence]>([
    ['connected', null, 'when its refresh token came with the last login', { ...found, refreshTokenUsedAt: monday }],
    ['connected', null, 'when its refresh token was used', used],
    ['connected', null, 'when a token of unknown age was used', { ...used, refreshTokenObtainedAt: null }],
    [
      'connected',
      null,
      'when an older version got an access token with it',
      { ...found, accessTokenExpiresAt: tuesday },
    ],
    ['connected', null, 'until the announced expiry', { ...used, refreshTokenExpiresAt: '2026-06-01T00:00:00.001Z' }],
    ['connected', null, 'when the announced expiry is unreadable', { ...used, refreshTokenExpiresAt: 'soon' }],
    [
      'connected',
      null,
      'when its token was obtained here after the last use of another one',
      { ...used, refreshTokenUsedAt: monday, refreshTokenObtainedAt: tuesday, refreshTokenIssuances: [tuesday] },
    ],
    ['unknown', null, 'when its token was only found in a store', found],
    [
      'unknown',
      null,
      'when a newer token than the used one was found in a store',
      { ...used, refreshTokenUsedAt: monday, refreshTokenObtainedAt: tuesday },
    ],
    ['needs_login', 'no_refresh_token', 'when no refresh token ever came', { ...found, hasRefreshToken: false }],
    [
      'needs_login',
      'invalid_grant',
      'when the server refused its refresh token',
      { ...used, hasRefreshToken: false, refreshTokenRefusal: refusal },
    ],
    [
      'needs_login',
      'grant_revoked',
      'when the grant of its project was revoked',
      { ...used, projectRevokedAt: tuesday },
    ],
    [
      'needs_login',
      'refresh_token_expired',
      'from the announced expiry on',
      { ...used, refreshTokenExpiresAt: '2026-06-01T00:00:00.000Z' },
    ],
    [
      'needs_login',
      'refresh_token_expired',
      'when a token that was never used has expired',
      { ...found, refreshTokenExpiresAt: tuesday },
    ],
    [
      'needs_login',
      'invalid_grant',
      'for the refusal, when the refused token has expired, too',
      { ...used, hasRefreshToken: false, refreshTokenRefusal: refusal, refreshTokenExpiresAt: tuesday },
    ],
  ])('%s (%s) %s', (state, cause, _, account) => {
    expect(accountState(account, now)).toEqual({ state, cause })
  })

  test('recorded without the expiry, which the time decides', () => {
    const account = { ...used, refreshTokenExpiresAt: tuesday }
    expect(recordedState(account)).toEqual({ state: 'connected', cause: null })
    expect(recordedState({ ...account, projectRevokedAt: tuesday })).toEqual(
      accountState({ ...used, projectRevokedAt: tuesday }, now),
    )
  })
})
