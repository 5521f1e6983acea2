import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startBackend } from '../../src/backend/backend.ts'
import { bodyType, type CodeRequest, parseCodeRequest } from '../../src/backend/code-request.ts'
import { admit, type RequestHead, type RequestRules } from '../../src/backend/request-checks.ts'
import type { Verdict } from '../../src/backend/respond.ts'
import { Secret } from '../../src/core/secret.ts'
import type { Grant } from '../../src/credentials/grant.ts'
import { Failure } from '../../src/failures/index.ts'
import { converse, statusesOf } from '../support/raw-socket.ts'
import { bytesOf, jsonWith, property, roughText, valueOrFailure } from './property.ts'

// Everything gsa serve accepts from any client: a request's head, its body, and bytes over a connection.

const code = '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOpAsDfGhJkLzXcVbNm'
const planted = fc.stringMatching(/^(?:ya29\.|1\/\/0|GOCSPX-)[A-Za-z0-9_-]{24}$/)
const rules: RequestRules = {
  scheme: 'http',
  hostNames: [],
  isOpenToNetwork: false,
  refusesOtherUsers: false,
  pairingToken: undefined,
  allowedOrigins: ['http://localhost:3000'],
}

describe('a body', () => {
  const fields = ['authCode', 'code', 'serverAuthCode', 'idToken', 'id_token', 'name']
  const forms = fc
    .array(fc.tuple(fc.constantFrom(...fields), fc.oneof(fc.constant(code), planted, roughText)), { maxLength: 4 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))
  const documents = jsonWith(fields).map((value) => JSON.stringify(value) ?? '')
  const types = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'application/octet-stream')
  const bodies = fc.tuple(types, bytesOf(fc.oneof(forms, documents, roughText)))

  property('yields one code, or says what is wrong', bodies, async ([type, body]) => {
    const found = await valueOrFailure(() => parseCodeRequest(bodyType(type), body))
    if (found !== undefined) expect(found.code.reveal()).toMatch(/^[\x21-\x24\x26-\x7e]{1,2048}$/)
  })

  property('never shows text that is not a code', planted, async (token) => {
    for (const body of [`authCode=${token}`, `token=${token}`, `{"code":"${token}"}`, token])
      for (const type of ['application/x-www-form-urlencoded', 'application/json', 'application/octet-stream'])
        await valueOrFailure(() => parseCodeRequest(bodyType(type), Buffer.from(body)), [token.slice(7, 19)])
  })
})

property(
  'a head is accepted only with POST, the path, a local host, no foreign origin and X-Requested-With',
  fc.record({
    method: fc.constantFrom('POST', 'POST', 'GET', 'OPTIONS', 'post', ''),
    url: fc.oneof(fc.constantFrom('/authcode', '/authcode?x', '/authcode#x', '/authcode/', '//authcode'), roughText),
    headers: fc.record(
      {
        host: fc.oneof(
          fc.constantFrom('localhost', '127.0.0.1:8790', '[::1]', '10.0.2.2:1', 'evil.example'),
          roughText,
        ),
        origin: fc.oneof(
          fc.constantFrom('http://localhost', 'http://localhost:3000', 'null', 'https://evil.example'),
          roughText,
        ),
        'x-requested-with': fc.oneof(fc.constantFrom('XMLHttpRequest', '', ' '), roughText),
        'content-length': fc.constantFrom('1', '16384', '16385', '-1', 'x', '1e3'),
        'sec-fetch-site': fc.constantFrom('cross-site', 'same-origin'),
        'access-control-request-method': fc.constantFrom('POST', 'GET'),
      },
      { requiredKeys: [] },
    ),
  }),
  async (head) => {
    const { headers, method, url }: RequestHead = head
    const verdict = await valueOrFailure(() => ({ origin: admit(head, rules) }))
    if (verdict === undefined) return
    expect(url.replace(/[?#].*$/s, '')).toBe('/authcode')
    expect(headers.host).toMatch(/^(?:localhost|127[\d.]+|\[::1\]|10\.0\.2\.2)(?::\d{1,5})?$/)
    expect([undefined, 'http://localhost:3000', `http://${headers.host}`]).toContain(headers.origin)
    expect(verdict.origin).toBe(headers.origin)
    if (method === 'OPTIONS') return
    expect(method).toBe('POST')
    expect(String(headers['x-requested-with'] ?? '').trim()).not.toBe('')
  },
)

describe('a connection', () => {
  /** Starts a backend whose codes all work; returns it and the codes it was told to redeem. */
  async function running(
    use: (port: number, seen: { redeemed: CodeRequest[]; verdicts: Verdict[] }) => Promise<void>,
  ): Promise<void> {
    const seen = { redeemed: [] as CodeRequest[], verdicts: [] as Verdict[] }
    const thrown: Error[] = []
    const onThrown = (error: Error): number => thrown.push(error)
    process.on('uncaughtExceptionMonitor', onThrown)
    const backend = await startBackend({
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      rules,
      redeem: async (request) => {
        seen.redeemed.push(request)
        return Promise.resolve({ document: { fine: true }, name: '1', grant, isRepeated: false })
      },
      isBehindBalancer: false,
      isStopping: () => false,
      isStoreUsable: async () => Promise.resolve(),
      onStoreTrouble: () => undefined,
      onVerdict: (verdict) => seen.verdicts.push(verdict),
      onTrouble: () => undefined,
    })
    try {
      await use(backend.port, seen)
      expect(thrown).toEqual([])
    } finally {
      process.off('uncaughtExceptionMonitor', onThrown)
      await backend.close()
    }
  }

  const grant: Grant = {
    key: { issuer: 'i', clientId: 'c', sub: 's' },
    label: '1',
    scopes: { requested: [], granted: [], missing: [] },
    accessToken: { value: new Secret('ya29.access'), expiresAt: null },
    refreshToken: { value: undefined, stored: false, store: null, rotated: false, bound: false, expiresAt: null },
    idToken: null,
    claims: null,
    warnings: [],
  }

  const body = `authCode=${code}`
  const right = `POST /authcode HTTP/1.1\r\nHost: localhost\r\nX-Requested-With: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const line = roughText.map((text) => text.replace(/[\r\n]/g, ''))
  const forged = fc
    .tuple(
      fc.constantFrom('POST', 'POST', 'GET', 'OPTIONS', 'PUT', 'HEAD', 'BREW', ''),
      fc.oneof(fc.constantFrom('/authcode', '/', '*', 'http://[', '/authcode?code=1'), line),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', ''),
      fc.array(
        fc.oneof(
          fc.constantFrom(
            'content-length: 5',
            'content-length: 99999',
            'transfer-encoding: chunked',
            'expect: 100-continue',
            'connection: close',
            'upgrade: websocket',
            'content-type: application/json',
            'origin: https://evil.example',
          ),
          line,
        ),
        { maxLength: 4 },
      ),
      roughText,
    )
    .map(
      ([method, target, version, headers, rest]) =>
        // No X-Requested-With in any case.
        `${method} ${target} ${version}\r\nhost: localhost\r\n${headers
          .filter((header) => !/x-requested/i.test(header))
          .map((header) => `${header}\r\n`)
          .join('')}\r\n${rest}`,
    )
  const answers = new Set([100, 200, 204, 400, 403, 404, 405, 408, 413, 414, 415, 417, 431, 501])

  property(
    'redeems nothing without X-Requested-With, and does not disturb later ones',
    fc.array(forged, { minLength: 1, maxLength: 6 }),
    async (texts) => {
      await running(async (port, { redeemed }) => {
        const talks = texts.map(async (text) => converse(port, [Buffer.from(text), '\r\n\r\n'], { silenceMs: 40 }))
        for (const conversation of await Promise.all(talks))
          for (const status of statusesOf(conversation)) expect(answers).toContain(status)
        expect(redeemed).toEqual([])
        const fine = await converse(port, [right], { silenceMs: 100 })
        expect(statusesOf(fine)).toEqual([200])
        expect(redeemed.map((request) => request.code.reveal())).toEqual([code])
      })
    },
    { portion: 40, whole: 5_000 },
  )

  test('answers complete requests, in order, wherever the rest is truncated', async () => {
    for (let end = 1; end < right.length; end += 7)
      await running(async (port, { redeemed, verdicts }) => {
        const conversation = await converse(port, [right + right.slice(0, end)], { thenStop: true })
        expect(statusesOf(conversation)[0]).toBe(200)
        expect(redeemed).toHaveLength(1)
        expect(verdicts.filter(({ outcome }) => !(outcome instanceof Failure))).toHaveLength(1)
      })
  })
})
