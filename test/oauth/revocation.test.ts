import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { HttpResponse } from '../../src/http/request.ts'
import { authorizationServer } from '../../src/oauth/authorization-server.ts'
import { revokeToken } from '../../src/oauth/revocation.ts'
import { fakeHttp } from '../fuzz/fake-http.ts'

// Google's endpoint is built in, so no emulator can replace it.

const client = { type: 'web', clientId: 'c', clientSecret: new Secret('s'), redirectUris: [] } as const
const answer = (status: number, body: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
})

describe('a revocation at Google', () => {
  test.each([
    ['accepts the token', [answer(200, {})], true, [['token']]],
    ['does not know the token', [answer(400, { error: 'invalid_token' })], false, [['token']]],
    [
      'requires the client after all',
      [answer(401, { error: 'invalid_client' }), answer(200, {})],
      true,
      [['token'], ['token', 'client_id', 'client_secret']],
    ],
  ] as const)('that %s sends the client secret only if it must', async (_, answers, wasKnown, fields) => {
    const http = fakeHttp(answers)
    const google = await authorizationServer(http, 'https://accounts.google.com')
    expect(await revokeToken(http, google, new Secret('1//0'), client)).toBe(wasKnown)
    expect(http.sent.map(({ form }) => Object.keys(form ?? {}))).toEqual(fields)
  })
})
