import { describe, expect, test } from 'vitest'
import { longestCredential } from '../../src/accounts/credential.ts'
import { Secret } from '../../src/core/secret.ts'
import { createDpopKey, parseDpopKey } from '../../src/oauth/dpop-key.ts'
import { longestItem } from '../../src/stores/secret-store.ts'

describe('a stored credential', () => {
  test('fits into the keychain of every platform, together with the key of its refresh token', () => {
    const clientSecret = new Secret('GOCSPX-'.padEnd(128, 'x'))
    const client = { type: 'installed', clientId: 'c', clientSecret, redirectUris: [] } as const
    expect(longestCredential(client, createDpopKey())).toBeLessThanOrEqual(longestItem)
  })
})

describe('a key', () => {
  test('is the same after it was stored, a thousand times: none loses a leading zero', () => {
    for (let round = 0; round < 1000; round++) {
      const { d, publicJwk } = createDpopKey()
      expect(d.reveal()).toMatch(/^[\w-]{43}$/)
      expect(parseDpopKey(d.reveal())?.publicJwk).toEqual(publicJwk)
    }
  })

  test.for([
    ['nothing', ''],
    ['zero', 'A'.repeat(43)],
    ['a number beyond the order of the curve', `${'_'.repeat(42)}8`],
    ['padding', `${'A'.repeat(42)}=`],
    ['a shorter number', 'AQAB'],
    ['other characters', '+'.repeat(43)],
  ])('is not %s', ([, text]) => {
    expect(parseDpopKey(text ?? '')).toBeUndefined()
  })
})
