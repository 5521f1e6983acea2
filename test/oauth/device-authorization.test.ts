import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { Http, HttpRequest } from '../../src/http/request.ts'
import type { AuthorizationServer } from '../../src/oauth/authorization-server.ts'
import type { OAuthClient } from '../../src/oauth/client.ts'
import { type DeviceAuthorization, requestDeviceAuthorization } from '../../src/oauth/device-authorization.ts'

const endpoint = new URL('https://server.example/device/code')
const client: OAuthClient = {
  type: 'installed',
  clientId: 'c',
  clientSecret: new Secret('client-secret'),
  redirectUris: [],
}
const good = {
  device_code: 'device-code',
  user_code: 'GQVQ-JKEC',
  verification_url: 'https://www.google.com/device',
  expires_in: 1800,
  interval: 5,
}

/** Sends a request to a server that responds with these members and this status. */
async function ask(members: object, status = 200, sent: HttpRequest[] = []): Promise<DeviceAuthorization> {
  const http: Http = {
    send: async (request) => {
      sent.push(request)
      const body = Buffer.from(JSON.stringify(members))
      return Promise.resolve({ status, headers: { 'content-type': 'application/json' }, body })
    },
    open: async () => Promise.reject(new Error('nothing is streamed here')),
  }
  const server = { issuer: 'https://server.example', deviceAuthorizationEndpoint: endpoint } as AuthorizationServer
  return requestDeviceAuthorization(http, server, client, ['openid', 'email'])
}

describe('a device authorization response', () => {
  test('from Google is accepted unchanged, and its device code is a secret', async () => {
    const authorization = await ask(good)
    expect(authorization).toMatchObject({ userCode: 'GQVQ-JKEC', lifetimeMs: 1_800_000, intervalMs: 5000 })
    expect(authorization.verificationUri.href).toBe('https://www.google.com/device')
    expect(String(authorization.deviceCode)).toBe('[redacted]')
    expect(authorization.deviceCode.reveal()).toBe('device-code')
  })

  test.each([
    ["the RFC's name", { verification_url: undefined, verification_uri: 'https://a.example/d' }],
    ["both names, of which the RFC's counts", { verification_uri: 'https://a.example/d' }],
    [
      'an additional one with the code filled in',
      { verification_uri: 'https://a.example/d', verification_uri_complete: 'https://a.example/d?user_code=X' },
    ],
  ])('may have its address under %s', async (_, members) => {
    expect((await ask({ ...good, ...members })).verificationUri.href).toBe('https://a.example/d')
  })

  test.each([
    ['no interval', { interval: undefined }, 5000],
    ['an interval of zero', { interval: 0 }, 1000],
    ['an interval of half a minute', { interval: 30 }, 30_000],
    ['an interval beyond what a timer can wait', { interval: 9e9 }, 86_400_000],
  ])('with %s is polled accordingly', async (_, members, intervalMs) => {
    expect((await ask({ ...good, ...members })).intervalMs).toBe(intervalMs)
  })

  test.each([
    ['no device code', { device_code: undefined }],
    ['an empty device code', { device_code: '' }],
    ['a device code with a line break', { device_code: 'a\nb' }],
    ['no user code', { user_code: undefined }],
    ['a user code that moves the cursor', { user_code: '\u001b[2JABCD' }],
    ['a user code that reads backwards', { user_code: '\u202eABCD' }],
    ['a user code as long as a page', { user_code: 'A'.repeat(2000) }],
    ['no address', { verification_url: undefined }],
    ['an invalid address', { verification_url: 'www.google.com/device' }],
    ['an address that runs a script', { verification_url: 'javascript:alert(1)' }],
    ['an address of a file', { verification_url: 'file:///etc/passwd' }],
    ['no lifetime', { expires_in: undefined }],
    ['a lifetime in words', { expires_in: '1800' }],
    ['a negative lifetime', { expires_in: -1 }],
    ['an interval in words', { interval: '5' }],
    ['a negative interval', { interval: -5 }],
  ])('with %s is not used', async (_, members) => {
    await expect(ask({ ...good, ...members })).rejects.toMatchObject({
      code: 'invalid_answer',
      details: { host: 'server.example' },
    })
  })

  test.each([
    [403, { error_code: 'rate_limit_exceeded' }, 'rate_limited'],
    [400, { error: 'invalid_scope' }, 'device_scope_refused'],
    [401, { error: 'invalid_client', error_description: 'Invalid client type.' }, 'client_type_refused'],
    [401, { error: 'invalid_client', error_description: 'The OAuth client was not found.' }, 'client_refused'],
    [400, { error: 'unauthorized_client' }, 'client_type_refused'],
    [400, { error: 'invalid_request' }, 'authorization_refused'],
    [400, {}, 'invalid_answer'],
    [503, { error: 'unavailable' }, 'server_failed'],
  ])('of status %s with %j is the failure %s', async (status, members, code) => {
    await expect(ask(members, status)).rejects.toMatchObject({ code })
  })

  test('costs one request, without the client secret', async () => {
    const sent: HttpRequest[] = []
    await ask(good, 200, sent)
    expect(sent.map(({ method, url, form }) => [method, url.href, form])).toEqual([
      ['POST', endpoint.href, { client_id: 'c', scope: 'openid email' }],
    ])
  })
})

test('is not requested from a server without a device authorization endpoint', async () => {
  const http: Http = {
    send: async () => Promise.reject(new Error('something was sent')),
    open: async () => Promise.reject(new Error('something was sent')),
  }
  const server = { issuer: 'https://server.example' } as AuthorizationServer
  await expect(requestDeviceAuthorization(http, server, client, ['openid'])).rejects.toMatchObject({
    code: 'device_login_unsupported',
    details: { issuer: 'https://server.example' },
  })
})
