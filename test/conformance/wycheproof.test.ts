import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { Secret } from '../../src/core/secret.ts'
import { isFailure } from '../../src/failures/index.ts'
import { verifyIdToken, verifySignature } from '../../src/oauth/id-token.ts'
import { corpus, present } from './corpora.ts'

// C2SP/wycheproof, json_web_signature_test.json. The signature layer only knows RS256, so it is scored on RS256 keys,
// and on RSA keys for other algorithms.

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws: string | object
  readonly result: 'valid' | 'invalid'
}

interface Group {
  readonly comment: string
  readonly public?: JsonObject
  readonly private: JsonObject
  readonly tests: readonly Vector[]
}

const file = corpus('wycheproof/json_web_signature_test.json') as
  { numberOfTests: number; testGroups: readonly Group[] } | undefined

const keyOf = (group: Group): JsonObject => group.public ?? group.private
const isForRs256 = (group: Group): boolean => keyOf(group)['alg'] === 'RS256' || group.comment === 'rsa_encryption'
const textOf = ({ jws }: Vector): Secret => new Secret(typeof jws === 'string' ? jws : JSON.stringify(jws))
const jwksOf = (group: Group): { keys: JsonObject[]; source: string } => ({
  keys: [keyOf(group)],
  source: 'wycheproof',
})

/** Returns whether a check accepts; otherwise it must throw the failure that names the check. */
function accepts(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid')) throw error
    return false
  }
}

describe("Wycheproof's signature vectors", () => {
  test('for RS256 get the right verdict, 235 of 235', async (context) => {
    const groups = present(file, context).testGroups.filter(isForRs256)
    const wrong: string[] = []
    let right = 0
    for (const group of groups) {
      for (const vector of group.tests) {
        const accepted = accepts(() => verifySignature(textOf(vector), jwksOf(group)))
        if (accepted === (vector.result === 'valid')) right++
        else wrong.push(`${vector.tcId} ${vector.comment}: ${accepted ? 'accepted' : 'refused'}`)
      }
    }
    expect(wrong).toEqual([])
    expect(right).toBe(235)
    expect(groups.flatMap(({ tests }) => tests).filter(({ result }) => result === 'valid')).toHaveLength(8)
  })

  test('are not ID tokens: all 401 are refused', async (context) => {
    const { testGroups, numberOfTests } = present(file, context)
    const expected = { issuers: ['https://accounts.google.com'], audience: 'a', now: Date.now() / 1000 }
    const accepted: number[] = []
    let refused = 0
    for (const group of testGroups) {
      for (const vector of group.tests) {
        if (accepts(() => verifyIdToken(textOf(vector), jwksOf(group), expected))) accepted.push(vector.tcId)
        else refused++
      }
    }
    expect(accepted).toEqual([])
    expect([refused, numberOfTests]).toEqual([401, 401])
  })
})
