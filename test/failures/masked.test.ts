import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Failure, masked, refuseSecret } from '../../src/failures/index.ts'
import { typedSecretShapes } from '../../src/failures/secret-shapes.ts'

const random = (bytes: number): string => randomBytes(bytes).toString('base64url')

describe('a secret is shown as its kind and length:', () => {
  test.each([
    ['4/0AVMBsJhXk3_9dPzJ7rT-uQ', '[hidden authorization code, 25 characters]'],
    ['--code=4%2F0AVMBsJhXk3_9dPzJ7rT-uQ', '--code=[hidden authorization code, 27 characters]'],
    ['1//0gAbCdEfGhIjKlMn', '[hidden refresh token, 19 characters]'],
    ['ya29.a0AfB_byAbCdEf', '[hidden access token, 19 characters]'],
    ['GOCSPX-AbCdEfGh', '[hidden client secret, 15 characters]'],
    ['eyJhbGciOi.eyJzdWIi.c2ln', '[hidden signed token, 24 characters]'],
    ['AGE-SECRET-KEY-1QQPQYQSZ', '[hidden age secret key, 24 characters]'],
    ['{"web":{"client_secret":"x"}}', '[hidden JSON document with a secret, 29 characters]'],
    ['{"web":{"client_secret":"x', '[hidden JSON document with a secret, 26 characters]'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', '[hidden private key, 58 characters]'],
    ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', '[may be a secret: dBjf…, 43 characters]'],
    ['ZOr1sZQn3m7Ff0EoZ4YcJt2h', '[may be a secret: ZOr1…, 24 characters]'],
    ['q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=', '[may be a secret: q83v…, 44 characters]'],
    ['https://ada:pw@h/x', 'https://[hidden user name or password, 6 characters]@h/x'],
    ['http://localhost/cb?code=abc&x=1', 'http://localhost/cb?code=[hidden secret, 3 characters]&x=1'],
    ['https://user:YzVQ/hoTFkrIfO5w@h', 'https://[hidden user name or password, 21 characters]@h'],
    ['http://user:a?b#c@d@h:1/x', 'http://[hidden user name or password, 12 characters]@h:1/x'],
    ['user:YzVQ/hoTFkrIfO5w@h:9077', '[hidden user name or password, 21 characters]@h:9077'],
    ["argument 'user:YzVQ/hoTFkrIfO5w@h' is", "argument '[hidden user name or password, 21 characters]@h' is"],
    ['http://a/4/0AVMBsJhXk3_9dPzJ7rT-uQ', 'http://a/[hidden authorization code, 25 characters]'],
    ['http://a/4%252F0AVMBsJhXk3_9dPzJ7rT-uQ', 'http://a/[hidden authorization code, 29 characters]'],
    ['code%3D4%2F0AVMBsJhXk3_9dPzJ7rT-uQ', 'code%3D[hidden authorization code, 27 characters]'],
    ['code%253D4%252F0AVMBsJhXk3_9dPzJ7rT-uQ', 'code%253D[hidden authorization code, 29 characters]'],
    ['{"code":"4/0AVMBsJhXk3_9dPzJ7rT-uQ"}', '{"code":"[hidden authorization code, 25 characters]"}'],
    [String.raw`log\n4/0AVMBsJhXk3_9dPzJ7rT-uQ`, String.raw`log\n[hidden authorization code, 25 characters]`],
    ['-z4/0AVMBsJhXk3_9dPzJ7rT-uQ', '-z[hidden authorization code, 25 characters]'],
    ['use 1%2F%2F0gAbCdEfGhIjKlMn', 'use [hidden refresh token, 23 characters]'],
    ['eyJhbGciOiJSUzI1', '[hidden signed token, 16 characters]'],
    ['client_secret: sesame-sesame', 'client_secret: [hidden secret, 13 characters]'],
  ])('%s', (word, shown) => {
    expect(masked(word)).toBe(shown)
    // The message of one failure can be part of another one, so masked text must stay unchanged.
    expect(masked(shown)).toBe(shown)
  })
})

describe('an ordinary word is not masked:', () => {
  test.each([
    'client_secret_123456789012-k3v9abcdefghij0123456789klmnopqr.apps.googleusercontent.com.json',
    '/home/ada/Projects/MyApplication/client_secret_web.json',
    String.raw`C:\Users\Ada Lovelace\Downloads\client_secret_web (2).json`,
    'ada.lovelace+backups-2026@corp.example',
    'https://www.googleapis.com/auth/drive.appdata',
    'http://127.0.0.1:8080/oauth2callback',
    'my-very-long-file-name-for-the-backup-2024-v2-final.json',
    'Screenshot_2024-05-12-14-33-05-123_com.example.app.png',
    '550e8400-e29b-41d4-a716-446655440000',
    'd41d8cd98f00b204e9800998ecf8427e',
    '110000000000000000001',
    'file:/home/ada/secrets.age',
    'photos/2024/05/06-holiday.jpg',
    'photos%2F2024%2F05%2F06-holiday-in-the-Alps.jpg',
    's3://bucket/2024/04/0425-dump.sql',
    '/home/u/2014/08/01/report.pdf',
    'v4/0.9.12/file',
    'releases/v4/0.1.2-beta/app',
    '4/05-notes.txt',
    '4/0425-dump-of-the-database.sql',
    'data1//0123456789/file',
    'heyJude-remastered.flac',
    'eyJaeger-photo.jpg',
    'surveyJsResults-2026.json',
    'moneyJar-backup.json',
    'journeyJanuary.txt',
    'Maya29.photos.jpg',
    'NoSuchFileInTheAppFolderV2.txt',
    'ExampleUnitTestResultsForCi.xml',
    'SaveGameSlot1ChapterTwoA.sav',
    'MyVeryLongCamelCaseFileNameForTheReport.docx',
    'gsa-worker-7d9f8b6c5d-x2k4z',
    '/nix/store/0c5b9xk3v7wq1zr8ymw2pd4fj6gs0ahl-nodejs-20.19.0/bin',
    '/nix/store/0c5b9xk3v7wq1zr8ymw2pd4fj6gs0ahl-gsa',
    'backup-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.tar.gz',
    'File not found: 1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs.',
    'https://www.googleapis.com/drive/v3/files/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upmsQ',
    'http://localhost:8080/ada@corp.example',
    'https://sso.example:8443/?login_hint=ada@corp.example',
    'https://h/auth?scope=https://www.googleapis.com/auth/drive.appdata&login_hint=ada@corp.example',
    'mailto:ada@corp.example',
    'C:/Users/ada@corp/x',
    'file:/home/ada@corp/x',
    '/data/4/0123456789/file',
    'it is a refresh token (1//0…)',
    'invalid_grant: Malformed auth code.',
    'Missing parameter: code_verifier',
  ])('%s', (word) => {
    expect(masked(word)).toBe(word)
  })
})

test.each(['eyJaeger-photo.jpg', '4/05-notes.txt', 'photos/2024/05/06-holiday.jpg', 'moneyJar-backup.json'])(
  'a file called %s is not refused as a secret',
  (name) => {
    expect(() => refuseSecret('FILE', name)).not.toThrow()
  },
)

test.each(['4/0AVMBsJhXk3_9dPzJ7rT-uQ', '4%2F0AVMBsJhXk3_9dPzJ7rT-uQ', 'GOCSPX-AbCdEfGh', '1//0gAbCdEfGhIjKlMn'])(
  'the secret %s is refused as a file name',
  (secret) => {
    expect(() => refuseSecret('FILE', secret)).toThrow('contains a secret')
  },
)

describe('each kind of secret', () => {
  const samples: Readonly<Record<string, string>> = {
    'private key': '-----BEGIN PRIVATE KEY-----MIIB-----END PRIVATE KEY-----',
    'age secret key': 'AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
    'device code': 'AH-1NgAbCdEfGhIjKlMn',
    'client secret': 'GOCSPX-AbCdEfGh',
    'access token': 'ya29.a0AbCdEfGhIjKlMn',
    'refresh token': '1//0gAbCdEfGhIjKlMn',
    'authorization code': '4/0AVMBsJhXk3_9dPzJ7rT-uQ',
    'signed token': 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
    'JSON document with a secret': '{"client_secret": "x"}',
  }

  test('that a name can contain has a sample here', () => {
    const kinds = typedSecretShapes.map(([, kind]) => kind)
    expect(Object.keys(samples)).toEqual(expect.arrayContaining(kinds))
  })

  test.each(Object.entries(samples))('is refused as a file name: %s', (kind, sample) => {
    expect(() => refuseSecret('FILE', sample)).toThrow(kind)
  })
})

describe('a client id is not masked in', () => {
  // A seeded generator (Park and Miller), so that failures are reproducible.
  let state = 20_261_128
  const next = (): number => (state = (state * 48_271) % 2_147_483_647)
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  const ids = Array.from({ length: 1000 }, () => {
    const drawn = Array.from({ length: 32 }, () => letters.charAt(next() % letters.length)).join('')
    return `${100_000_000_000 + next()}-${drawn}`
  })

  test.each<[place: string, text: (id: string) => string]>([
    ['itself', (id) => `${id}.apps.googleusercontent.com`],
    ['the name of the downloaded file', (id) => `client_secret_${id}.apps.googleusercontent.com.json`],
    ['a second file', (id) => `/home/ada/Down loads/client_secret_2_${id}.apps.googleusercontent.com.json`],
    ['a file on Windows', (id) => String.raw`C:\Users\Ada\client_secret_${id}.apps.googleusercontent.com (1).json`],
    ['an account', (id) => `ada@corp.example/${id}`],
    ['a command', (id) => `gsa revoke --account 'ada@corp.example/${id}.apps.googleusercontent.com'`],
    ['a URL', (id) => `https://h/auth?client_id=${id}.apps.googleusercontent.com&x=1`],
    ['an encoded URL', (id) => `client_id%3D${id}.apps.googleusercontent.com%26x`],
    ['a redirect URI', (id) => `com.googleusercontent.apps.${id}:/oauth2redirect`],
    ['a sentence', (id) => `The client ${id}.`],
  ])('%s', (_, text) => {
    expect(ids.map(text).filter((one) => masked(one) !== one)).toEqual([])
  })

  test('the commands to choose an account', () => {
    const failures = ids.map((id) => {
      const clientId = `${id}.apps.googleusercontent.com`
      const commands = [`gsa revoke --account ada@corp.example/${id}`, `gsa revoke --account 1/${clientId}`]
      const account = { email: 'ada@corp.example', sub: '1', clientId, store: 'keychain' }
      return { failure: new Failure('account_needed', { accounts: [account], commands }), commands }
    })
    for (const { failure, commands } of failures)
      for (const command of commands) expect(masked(failure.fix)).toContain(command)
  })
})

test('random words are masked', () => {
  const missed = (bytes: number): number =>
    Array.from({ length: 2000 }, () => random(bytes)).filter((word) => masked(word) === word).length
  expect(missed(32)).toBeLessThan(40)
  expect(missed(48)).toBeLessThan(10)
})

test('a failure masks secrets in its details and keeps public ids', () => {
  const { details, causeText } = new Failure('file_name_ambiguous', {
    name: 'GOCSPX-AbCdEfGh',
    ids: ['1dBjftJeZ4CVPmB92K27uhbUJU1p1r'],
  })
  expect(details).toEqual({ name: '[hidden client secret, 15 characters]', ids: ['1dBjftJeZ4CVPmB92K27uhbUJU1p1r'] })
  expect(causeText).toContain('1dBjftJeZ4CVPmB92K27uhbUJU1p1r')
})

test('the time for a long text is linear in its length', () => {
  const bait = [
    '{',
    '4/0',
    '1//0',
    'eyJ.',
    'eyJaaaai',
    '://a',
    '://a:',
    '"a:',
    '1-',
    '%25',
    'code=',
    '-----BEGIN PRIVATE KEY-----',
    'client_secret: ',
  ]
  for (const word of bait) expect(masked(word.repeat(20_000)).length).toBeGreaterThan(0)
}, 10_000)
