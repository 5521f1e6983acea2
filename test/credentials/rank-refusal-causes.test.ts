import { describe, expect, test } from 'vitest'
import { rankRefusalCauses, type RefusedRefresh, wantsNewSignIn } from '../../src/credentials/rank-refusal-causes.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const ago = (days: number): string => new Date(nowMs - days * 86_400_000).toISOString()
const dead = 'Token has been expired or revoked.'
const drive = [
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/drive.appdata',
]

/** A refresh token that was obtained and used a moment ago, with nothing special about it. */
const plain: RefusedRefresh = {
  description: dead,
  subtype: null,
  nowMs,
  clockAheadSeconds: 0,
  obtainedAt: ago(0),
  usedAt: ago(0),
  expiresAt: null,
  grantedScopes: drive,
  issued: 1,
  rotates: false,
  isReplaced: false,
  projectRevokedAt: null,
  looksLike: null,
  source: 'store',
  isServerLocal: false,
}
/** A refresh token from the environment, about which nothing is known. */
const foreign: RefusedRefresh = {
  ...plain,
  obtainedAt: null,
  usedAt: null,
  grantedScopes: [],
  issued: 0,
  source: 'environment',
}

type Row = readonly [title: string, evidence: RefusedRefresh, causes: readonly string[]]

const rows: readonly Row[] = [
  [
    'session control, by its subtype',
    { ...plain, subtype: 'invalid_rapt', description: 'reauth related error (invalid_rapt)' },
    ['session_ended certain'],
  ],
  ['another kind of session control', { ...plain, subtype: 'rapt_required' }, ['session_ended certain']],
  [
    'session control, by its words alone',
    { ...plain, description: 'reauth related error (rapt_required)' },
    ['session_ended certain'],
  ],
  [
    'session control for a token that would also have expired',
    { ...plain, subtype: 'invalid_rapt', obtainedAt: ago(8), expiresAt: ago(1) },
    ['session_ended certain'],
  ],
  ["another program's login in between", { ...plain, isReplaced: true }, ['replaced certain']],
  ['an access token in its place', { ...foreign, looksLike: 'an access token' }, ['not_a_refresh_token certain']],
  ['a code in its place', { ...foreign, looksLike: 'an authorization code' }, ['not_a_refresh_token certain']],
  ['a deleted account', { ...plain, description: 'Account has been deleted' }, ['account_gone certain']],
  ['a disabled user', { ...plain, description: 'The user is disabled.' }, ['account_gone certain']],
  ['gsa revoke for another client of the project', { ...plain, projectRevokedAt: ago(1) }, ['project_revoked certain']],
  [
    'an announced expiry after seven days, past',
    { ...plain, obtainedAt: ago(7.2), usedAt: ago(1), expiresAt: ago(0.2) },
    ['testing_expired certain'],
  ],
  [
    'an announced expiry after seven days, long past',
    { ...plain, obtainedAt: ago(300), usedAt: ago(299), expiresAt: ago(293) },
    ['testing_expired certain'],
  ],
  [
    'an announced expiry after seven days, in the future: it cannot be that',
    { ...plain, obtainedAt: ago(2), usedAt: ago(1), expiresAt: ago(-5) },
    ['user_revoked likely', 'newer_tokens possible'],
  ],
  [
    'an announced expiry after seven days, past by a clock that is a day ahead',
    { ...plain, obtainedAt: ago(7.2), usedAt: ago(1), expiresAt: ago(0.2), clockAheadSeconds: 86_400 },
    ['testing_expired likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'an announced expiry after 180 days, past',
    { ...plain, obtainedAt: ago(181), usedAt: ago(2), expiresAt: ago(1) },
    ['access_ended certain'],
  ],
  [
    'an announced expiry after 180 days, past by a wrong clock',
    { ...plain, obtainedAt: ago(181), usedAt: ago(2), expiresAt: ago(1), clockAheadSeconds: -86_400 },
    ['access_ended likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'an announced expiry after 180 days, in the future',
    { ...plain, obtainedAt: ago(90), usedAt: ago(2), expiresAt: ago(-90) },
    ['user_revoked likely', 'newer_tokens possible'],
  ],
  [
    'an announced expiry of a token of unknown age, past',
    { ...foreign, usedAt: ago(1), expiresAt: ago(0.5), grantedScopes: drive },
    ['access_ended likely', 'testing_expired likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a week old, and no announced expiry',
    { ...plain, obtainedAt: ago(7.1), usedAt: ago(6.9) },
    ['testing_expired likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a week old, last used at the beginning',
    { ...plain, obtainedAt: ago(8), usedAt: ago(8) },
    ['testing_expired likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a month old, never known to work after a week',
    { ...plain, obtainedAt: ago(30), usedAt: ago(28) },
    ['testing_expired possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a month old, and it worked after a week: it cannot be Testing',
    { ...plain, obtainedAt: ago(30), usedAt: ago(1) },
    ['user_revoked likely', 'newer_tokens possible'],
  ],
  [
    'a week old, with only sign-in scopes',
    {
      ...plain,
      obtainedAt: ago(7.1),
      usedAt: ago(7),
      grantedScopes: ['openid', 'email', 'https://www.googleapis.com/auth/userinfo.profile'],
    },
    ['user_revoked likely', 'newer_tokens possible'],
  ],
  [
    'a week old, with unknown scopes',
    { ...plain, obtainedAt: ago(7.1), usedAt: ago(7), grantedScopes: [] },
    ['testing_expired likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'six days old by a clock that may be wrong by days',
    { ...plain, obtainedAt: ago(6), usedAt: ago(6), clockAheadSeconds: -2 * 86_400 },
    ['testing_expired possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  ['a minute old', plain, ['user_revoked likely', 'newer_tokens possible']],
  [
    'half a year without use',
    { ...plain, obtainedAt: ago(400), usedAt: ago(190) },
    ['unused likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'half a year without any use',
    { ...plain, obtainedAt: ago(190), usedAt: ago(190) },
    ['unused likely', 'testing_expired possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'half a year old, used until now',
    { ...plain, obtainedAt: ago(190), usedAt: ago(1) },
    ['user_revoked likely', 'newer_tokens possible'],
  ],
  [
    'an account list without use and age',
    { ...plain, obtainedAt: null, usedAt: null },
    ['testing_expired possible', 'unused possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a login in the future',
    { ...plain, obtainedAt: ago(-3), usedAt: ago(-3) },
    ['testing_expired possible', 'unused possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'invalid times',
    { ...plain, obtainedAt: 'soon', usedAt: '', expiresAt: '\u0007' },
    ['testing_expired possible', 'unused possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'mail scopes',
    { ...plain, grantedScopes: [...drive, 'https://mail.google.com/'] },
    ['user_revoked likely', 'password_changed possible', 'newer_tokens possible'],
  ],
  [
    'another mail scope',
    { ...plain, grantedScopes: ['https://www.googleapis.com/auth/gmail.readonly'] },
    ['user_revoked likely', 'password_changed possible', 'newer_tokens possible'],
  ],
  ['ninety logins', { ...plain, issued: 90 }, ['user_revoked likely', 'newer_tokens likely']],
  ['eighty-nine logins', { ...plain, issued: 89 }, ['user_revoked likely', 'newer_tokens possible']],
  [
    'a server that replaces refresh tokens',
    { ...plain, rotates: true },
    ['used_elsewhere likely', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'Google\'s "Bad Request" for a stored token, which it also returns for dead ones',
    { ...plain, description: 'Bad Request', obtainedAt: ago(7.1), usedAt: ago(7) },
    ['testing_expired likely', 'unknown_token possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a server on this machine that still knows the token, which was revoked there',
    { ...plain, isServerLocal: true },
    ['user_revoked likely', 'newer_tokens possible'],
  ],
  [
    'a server on this machine that no longer knows the token',
    { ...plain, isServerLocal: true, description: 'Bad Request' },
    ['server_forgot likely', 'unknown_token possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a server on this machine that gives no reason',
    { ...plain, isServerLocal: true, description: null },
    ['unknown_token possible', 'server_forgot possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a server on this machine that announced the expiry',
    { ...plain, isServerLocal: true, obtainedAt: ago(7.2), usedAt: ago(1), expiresAt: ago(0.2) },
    ['testing_expired certain'],
  ],
  [
    '"Bad Request" for a token from the environment',
    { ...foreign, description: 'Bad Request' },
    [
      'unknown_token likely',
      'testing_expired possible',
      'unused possible',
      'user_revoked possible',
      'newer_tokens possible',
    ],
  ],
  [
    '"expired or revoked" for a token from the environment',
    foreign,
    ['testing_expired possible', 'unused possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'a token from the environment that worked a moment ago',
    { ...foreign, usedAt: ago(0), grantedScopes: drive },
    ['testing_expired possible', 'user_revoked possible', 'newer_tokens possible'],
  ],
  [
    'no description',
    { ...foreign, description: null },
    [
      'testing_expired possible',
      'unused possible',
      'unknown_token possible',
      'user_revoked possible',
      'newer_tokens possible',
    ],
  ],
]

describe('why a refresh token was refused', () => {
  test.each(rows)('%s', (_, evidence, causes) => {
    expect(rankRefusalCauses(evidence).map(({ cause, likelihood }) => `${cause} ${likelihood}`)).toEqual(causes)
  })

  test('lists the evidence for and against a cause', () => {
    const [testing, revoked, newer] = rankRefusalCauses({
      ...plain,
      obtainedAt: ago(7.1),
      usedAt: ago(6.9),
      clockAheadSeconds: 300,
    })
    expect(testing).toMatchObject({
      for: ['it is 7 days old, and gsa has not seen it work after seven days'],
      against: ['the server announced no expiry (refresh_token_expires_in), unlike Google for an app in Testing'],
    })
    expect(revoked).toMatchObject({ for: [], against: [] })
    expect(newer?.against).toEqual(['it is the only one obtained on this machine for this account and client'])
  })

  test.each([
    ['when it worked', { description: 'Bad Request' }, 'unknown_token', ['it worked 0 seconds ago']],
    [
      'nothing where that is not known',
      { description: 'Bad Request', obtainedAt: null, usedAt: null },
      'unknown_token',
      [],
    ],
    [
      'how many came to this machine',
      { issued: 3 },
      'newer_tokens',
      ['it is the newest of 3 obtained on this machine for this account and client'],
    ],
    ['nothing where that is not known either', { issued: 0 }, 'newer_tokens', []],
  ] as const)('says against a cause %s', (_, evidence, cause, against) => {
    const causes = rankRefusalCauses({ ...plain, ...evidence })
    expect(causes.find((candidate) => candidate.cause === cause)?.against).toEqual(against)
  })

  test('doubts its own calculation if the clock is wrong', () => {
    const [first] = rankRefusalCauses({ ...plain, obtainedAt: ago(200), usedAt: ago(190), clockAheadSeconds: -864_000 })
    expect(first).toMatchObject({
      cause: 'unused',
      against: ['a copy of it may have been used elsewhere', 'the clock of this machine is 10 days behind'],
    })
  })
})

describe('a refusal that only requires a new sign-in', () => {
  test.each([
    ['invalid_rapt', null, true],
    ['rapt_required', null, true],
    [null, 'reauth related error (invalid_rapt)', true],
    ['other', null, false],
    [null, dead, false],
    [null, null, false],
  ])('subtype %s with the words %s: %s', (subtype, description, expected) => {
    expect(wantsNewSignIn({ subtype, description })).toBe(expected)
  })
})
