import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Failure, masked } from '../../src/failures/index.ts'

const random = (bytes: number): string => randomBytes(bytes).toString('base64url')

describe('a word that is a secret is shown as its kind and length:', () => {
  test.each([
    ['4/0AVMBsJhXk3_9dPzJ7rT-uQ', '[an authorization code, 25 characters]'],
    ['--code=4%2F0AVMBsJhXk3_9dPzJ7rT-uQ', '--code=[an authorization code, 27 characters]'],
    ['1//0gAbCdEfGhIjKlMn', '[a refresh token, 19 characters]'],
    ['ya29.a0AfB_byAbCdEf', '[an access token, 19 characters]'],
    ['GOCSPX-AbCdEfGh', '[a client secret, 15 characters]'],
    ['eyJhbGciOi.eyJzdWIi.c2ln', '[a signed token, 24 characters]'],
    ['AGE-SECRET-KEY-1QQPQYQSZ', '[an age secret key, 24 characters]'],
    ['{"web":{"client_secret":"x"}}', '[a JSON document with a secret, 29 characters]'],
    ['{"web":{"client_secret":"x', '[a JSON document with a secret, 26 characters]'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', '[a private key, 58 characters]'],
    ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', '[may be a secret: dBjf…, 43 characters]'],
    ['ZOr1sZQn3m7Ff0EoZ4YcJt2h', '[may be a secret: ZOr1…, 24 characters]'],
    ['q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=', '[may be a secret: q83v…, 44 characters]'],
    ['https://ada:pw@h/x', 'https://[a user name or password, 6 characters]@h/x'],
    ['http://localhost/cb?code=abc&x=1', 'http://localhost/cb?code=[a secret, 3 characters]&x=1'],
    ['client_secret: sesame-sesame', 'client_secret: [a secret, 13 characters]'],
  ])('%s', (word, shown) => {
    expect(masked(word)).toBe(shown)
    // What one failure says stands in the sentence of another.
    expect(masked(shown)).toBe(shown)
  })
})

describe('an ordinary word stays as it is:', () => {
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
    '/data/4/0123456789/file',
    'it is a refresh token (1//0…)',
    'invalid_grant: Malformed auth code.',
    'Missing parameter: code_verifier',
  ])('%s', (word) => {
    expect(masked(word)).toBe(word)
  })
})

test('words drawn at random are found, whatever they are', () => {
  const missed = (bytes: number): number =>
    Array.from({ length: 2000 }, () => random(bytes)).filter((word) => masked(word) === word).length
  expect(missed(32)).toBeLessThan(40)
  expect(missed(48)).toBeLessThan(10)
})

test('a failure has no secret in its details, and keeps the ids that a server made public', () => {
  const { details, causeText } = new Failure('file_name_ambiguous', {
    name: 'GOCSPX-AbCdEfGh',
    ids: ['1dBjftJeZ4CVPmB92K27uhbUJU1p1r'],
  })
  expect(details).toEqual({ name: '[a client secret, 15 characters]', ids: ['1dBjftJeZ4CVPmB92K27uhbUJU1p1r'] })
  expect(causeText).toContain('1dBjftJeZ4CVPmB92K27uhbUJU1p1r')
})

test('long text takes no longer than its length', () => {
  const bait = ['{', '4/0', '1//0', 'eyJ.', '://a', 'code=', '-----BEGIN PRIVATE KEY-----', 'client_secret: ']
  for (const word of bait) expect(masked(word.repeat(20_000)).length).toBeGreaterThan(0)
}, 10_000)
