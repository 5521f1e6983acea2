import { describe, expect, test } from 'vitest'
import type { CodeRequest } from '../../src/backend/code-request.ts'
import type { Outcomes } from '../../src/accounts/used-codes.ts'
import { type Redeemed, redeemingOnce } from '../../src/backend/redeem-once.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { Secret } from '../../src/core/secret.ts'
import { withResolvers } from '../../src/core/with-resolvers.ts'
import type { Grant } from '../../src/credentials/grant.ts'
import { appCodeAdvice, Failure, withCodeState } from '../../src/failures/index.ts'
import { failureOf } from '../support/failure-of.ts'
import { inFastTime } from '../support/fast-time.ts'

const request: CodeRequest = {
  code: new Secret('4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOpAsDfGhJkLzXcVbNm'),
  origin: 'android',
  encodings: 0,
  idToken: undefined,
}
const grant: Grant = {
  key: { issuer: 'i', clientId: 'c', sub: '1' },
  label: 'ada@example.com (client c)',
  scopes: { requested: [], granted: [], missing: [] },
  accessToken: { value: new Secret('ya29.access'), expiresAt: null },
  refreshToken: { value: undefined, stored: true, store: 'memory', rotated: false, bound: false, expiresAt: null },
  idToken: null,
  claims: null,
  warnings: [],
}
const redeemed: Redeemed = { document: { sub: '1', email: 'ada@example.com' }, name: grant.label, grant }

/** Returns the failure of an instance that did not send a code, because another one did. */
const usedBefore = (): Failure =>
  withCodeState(new Failure('code_used_before', { sentAt: new Date(0).toISOString() }), 'unknown', appCodeAdvice)

/** A database that all instances share: marks of sent codes, and their outcomes. */
interface Database extends Outcomes {
  /** Marks a code as sent, like the first step of an exchange. */
  readonly mark: (code: Secret) => void
  readonly finds: () => number
}

function database(): Database {
  const marks = new Set<string>()
  const kept = new Map<string, JsonObject>()
  let finds = 0
  return {
    mark: (code) => {
      if (marks.has(code.reveal())) throw usedBefore()
      marks.add(code.reveal())
    },
    finds: () => finds,
    find: async (code) => {
      finds++
      return Promise.resolve(kept.get(code.reveal()))
    },
    keep: async (code, outcome) => {
      kept.set(code.reveal(), outcome)
      return Promise.resolve()
    },
  }
}

describe('a code sent to two instances at the same time', () => {
  test('is redeemed once, and both answer with the same result', async () => {
    const shared = database()
    const exchange = withResolvers<Redeemed>()
    let sent = 0
    const instance = (): ReturnType<typeof redeemingOnce> =>
      redeemingOnce(async ({ code }) => {
        shared.mark(code)
        sent++
        return exchange.promise
      }, shared)
    const first = instance()(request)
    const second = instance()(request)
    // The second one has already looked for a result, and found none.
    while (shared.finds() === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    exchange.resolve(redeemed)
    expect(await first).toEqual({ ...redeemed, isRepeated: false })
    expect(await second).toEqual({
      document: redeemed.document,
      name: 'ada@example.com',
      grant: undefined,
      isRepeated: true,
    })
    expect(sent).toBe(1)
  })

  test('fails at the second one if the first one never gets a result, and only then', async () => {
    const shared = database()
    shared.mark(request.code)
    const redeem = redeemingOnce(async ({ code }) => Promise.resolve(shared.mark(code)).then(() => redeemed), shared)
    const failure = await inFastTime(async () => failureOf(async () => redeem(request)))
    expect([failure.code, failure.codeState]).toEqual(['code_used_before', 'unknown'])
    // Half a minute: three waits below a second, then one second each.
    expect(shared.finds()).toBeGreaterThan(25)
  })

  test('gets the result at once when it is sent again after that failure', async () => {
    const shared = database()
    shared.mark(request.code)
    let tries = 0
    const redeem = redeemingOnce(async ({ code }) => {
      tries++
      shared.mark(code)
      return Promise.resolve(redeemed)
    }, shared)
    await inFastTime(async () => failureOf(async () => redeem(request)))
    await shared.keep(request.code, redeemed.document)
    expect(await redeem(request)).toMatchObject({ document: redeemed.document, isRepeated: true })
    expect(tries).toBe(1)
  })

  test('is told to send it again if the second instance stops while it waits', async () => {
    const shared = database()
    shared.mark(request.code)
    const closing = new AbortController()
    const redeem = redeemingOnce(async ({ code }) => Promise.resolve(shared.mark(code)).then(() => redeemed), shared, {
      closing: closing.signal,
    })
    const waiting = failureOf(async () => redeem(request))
    closing.abort()
    const failure = await waiting
    expect([failure.code, failure.codeState]).toEqual(['server_stopping', 'unknown'])
    expect(failure.causeText).toContain('send it again to get its result')
  })

  test('is found although the database fails in between', async () => {
    const shared = database()
    shared.mark(request.code)
    let finds = 0
    const flaky: Outcomes = {
      ...shared,
      find: async (code) => {
        if (++finds === 2) await shared.keep(code, redeemed.document)
        if (finds < 4) throw new Failure('store_read_back_differs', { store: 'postgres:' })
        return shared.find(code)
      },
    }
    const redeem = redeemingOnce(async ({ code }) => Promise.resolve(shared.mark(code)).then(() => redeemed), flaky)
    expect(await redeem(request)).toMatchObject({ document: redeemed.document, isRepeated: true })
  })
})

describe('an instance', () => {
  test('does not wait for others after its own exchange failed', async () => {
    const shared = database()
    const outcomes = [
      withCodeState(new Failure('code_refused', { error: 'invalid_grant', description: null }), 'used', appCodeAdvice),
      usedBefore(),
    ]
    const redeem = redeemingOnce(async () => Promise.reject(outcomes.shift() ?? new Error('asked too often')), shared)
    expect((await failureOf(async () => redeem(request))).code).toBe('code_refused')
    expect((await failureOf(async () => redeem(request))).code).toBe('code_used_before')
    // Only the look before the second attempt.
    expect(shared.finds()).toBe(1)
  })

  test('answers although the result could not be kept for the others', async () => {
    const shared = database()
    const problems: unknown[] = []
    const failure = new Failure('store_read_back_differs', { store: 'postgres:' })
    const redeem = redeemingOnce(
      async () => Promise.resolve(redeemed),
      { ...shared, keep: async () => Promise.reject(failure) },
      { onNotKept: (error) => problems.push(error) },
    )
    expect(await redeem(request)).toEqual({ ...redeemed, isRepeated: false })
    expect(problems).toEqual([failure])
    expect(await redeem(request)).toMatchObject({ name: redeemed.name, grant: undefined, isRepeated: true })
  })
})
