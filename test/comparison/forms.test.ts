import { describe, expect, test } from 'vitest'
import { responseFacets } from '../../src/comparison/response-facets.ts'
import { addJson } from '../../src/comparison/json-facets.ts'
import { differencesOf } from '../../src/comparison/differences.ts'
import { formOfText, type Reading } from '../../src/comparison/forms.ts'
import { needsOf } from '../../src/comparison/probe.ts'
import { probes, similarProbes } from '../../src/comparison/probes/probes.ts'

const reading: Reading = {
  origins: ['https://www.googleapis.com', 'http://127.0.0.1:9077', '127.0.0.1:9077'],
  values: new Map([['refresh', 'an-old-refresh-token']]),
  byForm: new Set(['email']),
  receivedAt: 1_800_000_000,
}

describe('a text is read without what belongs to one server, account or moment:', () => {
  test.each([
    ['http://127.0.0.1:9077/token', '<server>/token'],
    ['https://www.googleapis.com/auth/drive', '<server>/auth/drive'],
    [`ya29.a0${'Ab1'.repeat(70)}`, '<access token, 200 to 299 characters>'],
    [`1//0${'c'.repeat(99)}`, '<refresh token, 103 characters>'],
    [`code=4/0A${'d'.repeat(69)}`, 'code=<code, 73 characters>'],
    ['GOCSPX-emulator-web', '<client secret, 19 characters>'],
    ['an-old-refresh-token', '<refresh token, 20 characters>'],
    ['100000000001-web.apps.googleusercontent.com is unknown', '<client ID> is unknown'],
    ['for ada@example.com, of 110000000000000000001', 'for <email address>, of <21 digits>'],
    ['2026-11-28T12:00:00.000Z', '<time, 24 characters>'],
    ['Sat, 28 Nov 2026 12:00:00 GMT', '<HTTP date>'],
    ['Mon, 01 Jan 1990 00:00:00 GMT', 'Mon, 01 Jan 1990 00:00:00 GMT'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln', '<JWT>'],
    ['0123456789abcdef0123456789abcdef01234567', '<40 hexadecimal digits>'],
    ['1AbcDEFghi2JKLmno3PQRstu4VWXyz56789', '<random text, 35 characters>'],
    ['numChildrenInNonRootLimitExceeded', 'numChildrenInNonRootLimitExceeded'],
    ['Token has been expired or revoked.', 'Token has been expired or revoked.'],
  ])('%s', (text, form) => {
    expect(formOfText(text, reading)).toBe(form)
  })
})

/** Returns what differs between two JSON bodies. */
function differencesBetween(one: string, two: string): readonly string[] {
  const [first, second] = [one, two].map((body) =>
    responseFacets(
      {
        status: 200,
        headers: { 'content-type': 'application/json', date: new Date(1_8e11).toUTCString() },
        body: Buffer.from(body),
      },
      reading,
    ),
  ) as [ReturnType<typeof responseFacets>, ReturnType<typeof responseFacets>]
  return differencesOf(first, second).map(({ what, ...values }) => `${what}: ${values.target} → ${values.with}`)
}

describe('two bodies', () => {
  test.each([
    [
      'are the same with other values of the same form',
      '{"email":"ada@example.com"}',
      '{"email":"grace@corp.example"}',
      [],
    ],
    ['differ if one is text', '{"a":1}', '{"a":"1"}', ['body a: 1 → "1"']],
    ['differ if a member is missing', '{"a":1,"b":2}', '{"a":1}', ['body b: 2 → absent']],
    ['differ in the order of members', '{"a":1,"b":2}', '{"b":2,"a":1}', ['order of body: ["a","b"] → ["b","a"]']],
    ['do not differ in order for a missing member', '{"a":1,"b":2,"c":3}', '{"a":1,"c":3}', ['body b: 2 → absent']],
    ['differ in an empty object', '{"a":{}}', '{"a":[]}', ['body a: {} → []']],
    [
      'differ in the number of items',
      '[{"a":1}]',
      '[]',
      ['body length: 1 → absent', 'body[0].a: 1 → absent', 'body: absent → []'],
    ],
    ['differ in indentation', '{"a":1}', '{\n  "a": 1\n}', ['layout: compact → indented by 2']],
    ['differ in spaces within a line', '{"a": 1}', '{"a":1}', ['layout: compact, irregular → compact']],
    [
      'are the same at another time since the consent',
      '{"refresh_token_expires_in":9}',
      '{"refresh_token_expires_in":8}',
      [],
    ],
    ['are the same with scopes in another order', '{"scope":"a b"}', '{"scope":"b a"}', []],
    [
      'differ where long texts differ',
      `"${'a'.repeat(300)}b"`,
      `"${'a'.repeat(300)}c"`,
      [`body: …${'a'.repeat(30)}b" → …${'a'.repeat(30)}c"`],
    ],
  ])('%s', (_, one, two, differences) => {
    expect(differencesBetween(one, two)).toEqual(differences)
  })
})

describe('the probes', () => {
  test('need only values that an account or another probe provides', () => {
    const provided = new Set([
      'clientId',
      'clientSecret',
      'refresh',
      'code',
      ...probes.flatMap(({ keeps = {} }) => Object.keys(keeps)),
    ])
    expect(probes.flatMap(needsOf).filter((name) => !provided.has(name))).toEqual([])
  })

  test('come after the probes that they need', () => {
    const names = probes.map(({ name }) => name)
    const early = probes.filter(({ name, after = name }) => names.indexOf(after) > names.indexOf(name))
    expect(early).toEqual([])
  })

  test('revoke, share and change nothing of the account', () => {
    const ofAccount = (pattern: RegExp): readonly string[] =>
      probes.filter((probe) => pattern.test(probe.at) && needsOf(probe).length > 0).flatMap(needsOf)
    expect(ofAccount(/revoke|permissions/)).toEqual([])
    // Only files of this run.
    expect(new Set(ofAccount(/^(?:PATCH|DELETE) /))).toEqual(new Set(['file', 'content', 'access']))
  })

  test.each([
    ['discovry', 'discovery'],
    ['drive-downlod', 'drive-download'],
    ['userinfo_v2', 'userinfo-v2'],
  ])('%s resembles %s', (typed, name) => {
    expect(similarProbes(typed)).toContain(name)
  })
})

test('a hash in the answer of tokeninfo is one, with and without a digit', () => {
  const forms = ['ZFUpeQsEFneunoClPjvvrw', 'a1B2c3D4e5F6g7H8i9J0kL', 'abcdefghijklmnopqrstuv'].map((hash) => {
    const facets = new Map<string, string>()
    addJson(facets, JSON.stringify({ at_hash: hash }), { at_hash: hash }, reading)
    return facets.get('body at_hash')
  })
  expect(new Set(forms)).toEqual(new Set(['"<hash>"']))
})
