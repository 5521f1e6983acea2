import { describe, expect, test } from 'vitest'
import type { Http, HttpRequest } from '../../src/http/request.ts'
import { sendWithProof } from '../../src/oauth/dpop.ts'
import { createDpopKey, newProofState } from '../../src/oauth/dpop-key.ts'

const url = new URL('https://server.example/token')
const serverMs = Date.parse('2026-03-01T12:00:00Z')
const date = new Date(serverMs).toUTCString()

interface Sent {
  readonly iat: number
  readonly nonce: string | undefined
}
type Answer = readonly [status: number, error?: string | undefined, headers?: Readonly<Record<string, string>>]

/** Returns a server that decides by the claims of a proof, and the claims that it got. */
function serverThat(decide: (claims: Sent, count: number) => Answer): { readonly http: Http; readonly sent: Sent[] } {
  const sent: Sent[] = []
  const send = async ({ attemptHeaders }: HttpRequest): ReturnType<Http['send']> => {
    const [, claims = ''] = attemptHeaders?.()['dpop']?.reveal().split('.') ?? []
    const { iat, nonce } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Sent
    sent.push({ iat: iat - serverMs / 1000, nonce })
    const [status, error, headers = {}] = decide({ iat: iat - serverMs / 1000, nonce }, sent.length)
    // All requests that begin at the same time arrive before the first response.
    await new Promise((resolve) => setImmediate(resolve))
    return { status, headers, body: Buffer.from(JSON.stringify(error === undefined ? {} : { error })) }
  }
  return { http: { send, open: () => Promise.reject(new Error('not used')) }, sent }
}

describe('a clock that is an hour ahead', () => {
  const now = (): number => serverMs + 3_600_000
  const strict = ({ iat }: Sent): Answer =>
    Math.abs(iat) > 60 ? [400, 'invalid_dpop_proof', { date }] : [200, undefined, { date }]

  test('is corrected in each of several requests at the same time', async () => {
    const { http } = serverThat(strict)
    const possession = { key: createDpopKey(), state: newProofState(), now }
    const answers = await Promise.all([1, 2, 3].map(async () => sendWithProof(http, { url }, possession)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('stays corrected after a rejection without a time', async () => {
    const { http, sent } = serverThat((claims, count) => (count === 3 ? [400, 'invalid_dpop_proof'] : strict(claims)))
    const possession = { key: createDpopKey(), state: newProofState(), now }
    const statuses: number[] = []
    for (let round = 1; round <= 3; round++) statuses.push((await sendWithProof(http, { url }, possession)).status)
    expect(statuses).toEqual([200, 400, 200])
    expect(sent.map(({ iat }) => iat)).toEqual([3600, 0, 0, 0])
  })
})

describe('a server whose time is years ahead', () => {
  const date9999 = { date: 'Fri, 31 Dec 9999 23:59:59 GMT' }

  test('gets no proof for those years', async () => {
    const { http, sent } = serverThat(() => [400, 'invalid_dpop_proof', date9999])
    const possession = { key: createDpopKey(), state: newProofState(), now: () => serverMs }
    for (let round = 1; round <= 2; round++) expect((await sendWithProof(http, { url }, possession)).status).toBe(400)
    expect(sent.map(({ iat }) => iat <= 86_400)).toEqual(sent.map(() => true))
    expect(sent[0]?.iat).toBe(0)
  })
})

describe('a response that asks for a nonce', () => {
  const wrongDate = { date: 'Thu, 01 Jan 1970 00:00:00 GMT', 'dpop-nonce': 'n' }

  test('does not change the time of the proof: the server has not rejected it', async () => {
    const { http, sent } = serverThat(({ iat, nonce }) =>
      nonce === undefined ? [400, 'use_dpop_nonce', wrongDate] : [iat === 0 ? 200 : 400, undefined, wrongDate],
    )
    const possession = { key: createDpopKey(), state: newProofState(), now: () => serverMs }
    expect((await sendWithProof(http, { url }, possession)).status).toBe(200)
    expect(sent).toEqual([
      { iat: 0, nonce: undefined },
      { iat: 0, nonce: 'n' },
    ])
  })

  test('and one about the time are each obeyed once, in any order, and never twice', async () => {
    for (const errors of [
      ['use_dpop_nonce', 'invalid_dpop_proof'],
      ['invalid_dpop_proof', 'use_dpop_nonce'],
    ]) {
      const { http, sent } = serverThat((_, count) => [
        400,
        errors[(count - 1) % 2],
        { date, 'dpop-nonce': `n${count}` },
      ])
      const possession = { key: createDpopKey(), state: newProofState(), now: () => serverMs + 3_600_000 }
      expect((await sendWithProof(http, { url }, possession)).status).toBe(400)
      expect(sent).toHaveLength(3)
    }
  })
})
