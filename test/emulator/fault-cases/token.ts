import { expect } from 'vitest'
import { credentials, exchange, postForm, refresh } from '../raw-http.ts'
import type { FaultCase } from './fault-case.ts'

const code: FaultCase['ask'] = async (google) => await exchange(google, await google.createCode())
const polled: FaultCase['ask'] = async (google) => {
  const client = credentials(google, 'tv')
  const { device_code } = (
    await postForm(`${google.issuer}/device/code`, { client_id: client.client_id, scope: 'openid' })
  ).json
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  return await postForm(`${google.issuer}/token`, { grant_type, device_code, ...client })
}
const again: FaultCase['ask'] = async (google, { refresh_token }) => await refresh(google, refresh_token)

const refusal = (status: number, error: string, error_description: string): object => ({
  status,
  json: { error, error_description },
})
const badGrant = (description: string): object => refusal(400, 'invalid_grant', description)
const without = (member: string): object => ({
  status: 200,
  json: expect.not.objectContaining({ [member]: expect.anything() }),
})
const withMember = (member: string, value: unknown): object => ({ status: 200, json: { [member]: value } })

/** Errors and unusual responses of the token endpoint. */
export const tokenCases: readonly FaultCase[] = [
  { fault: 'expired-or-revoked', on: 'token', ask: again, sees: badGrant('Token has been expired or revoked.') },
  {
    fault: 'invalid-rapt',
    on: 'token',
    ask: again,
    sees: {
      status: 400,
      body: JSON.stringify(
        {
          error: 'invalid_grant',
          error_description: 'reauth related error (invalid_rapt)',
          error_uri: 'https://support.google.com/a/answer/9368756',
          error_subtype: 'invalid_rapt',
        },
        null,
        2,
      ),
    },
  },
  { fault: 'rapt-required', on: 'token', ask: again, sees: { status: 400, json: { error_subtype: 'rapt_required' } } },
  { fault: 'unauthorized-client', on: 'token', ask: again, sees: refusal(401, 'unauthorized_client', 'Unauthorized') },
  {
    fault: 'account-deleted',
    on: 'token',
    ask: again,
    sees: badGrant('The account has been deleted'),
  },
  {
    fault: 'account-restricted',
    on: 'token',
    ask: again,
    sees: refusal(400, 'access_denied', 'Account restricted'),
  },
  { fault: 'code-used', on: 'token', ask: code, sees: badGrant('Bad Request') },
  { fault: 'malformed-code', on: 'token', ask: code, sees: badGrant('Malformed auth code.') },
  { fault: 'slow-down', on: 'token', ask: polled, sees: refusal(403, 'slow_down', 'Forbidden') },
  { fault: 'device-code-used', on: 'token', ask: polled, sees: badGrant('Bad Request') },
  {
    fault: 'invalid-client-secret',
    on: 'token',
    ask: code,
    sees: refusal(401, 'invalid_client', 'The provided client secret is invalid.'),
  },
  {
    fault: 'deleted-client',
    on: 'token',
    ask: again,
    sees: refusal(401, 'deleted_client', 'The OAuth client was deleted.'),
  },
  {
    fault: 'disabled-client',
    on: 'token',
    ask: again,
    sees: refusal(401, 'disabled_client', 'The OAuth client was disabled.'),
  },
  { fault: 'admin-policy', on: 'token', ask: code, sees: { status: 400, json: { error: 'admin_policy_enforced' } } },
  { fault: 'org-internal', on: 'token', ask: again, sees: { status: 403, json: { error: 'org_internal' } } },
  { fault: 'rate-limited', on: 'token', ask: again, sees: { status: 429, json: { error: 'rate_limit_exceeded' } } },
  {
    fault: 'rate-limited',
    on: 'token',
    seconds: 3,
    ask: again,
    sees: { status: 429, headers: { 'retry-after': '3' } },
  },
  {
    fault: 'use-dpop-nonce',
    on: 'token',
    ask: again,
    sees: {
      status: 400,
      headers: { 'dpop-nonce': expect.stringMatching(/^dpop-refresh-[\w-]{28}$/) },
      json: { error: 'use_dpop_nonce' },
    },
  },
  {
    fault: 'dpop-nonce-again',
    on: 'token',
    ask: code,
    sees: {
      status: 400,
      headers: { 'dpop-nonce': expect.stringMatching(/^dpop-exchange-[\w-]{28}$/) },
      json: { error: 'use_dpop_nonce' },
    },
  },
  {
    fault: 'dpop-nonce-missing',
    on: 'token',
    ask: again,
    sees: {
      status: 400,
      headers: expect.not.objectContaining({ 'dpop-nonce': expect.anything() }),
      json: { error: 'use_dpop_nonce' },
    },
  },
  {
    fault: 'invalid-dpop-proof',
    on: 'token',
    ask: code,
    sees: refusal(400, 'invalid_dpop_proof', 'Invalid DPoP proof'),
  },
  { fault: 'odd-case-token-type', on: 'token', ask: code, sees: withMember('token_type', 'bEARER') },
  { fault: 'other-token-type', on: 'token', ask: code, sees: withMember('token_type', 'MAC') },
  { fault: 'no-token-type', on: 'token', ask: again, sees: without('token_type') },
  { fault: 'no-expires-in', on: 'token', ask: code, sees: without('expires_in') },
  { fault: 'text-expires-in', on: 'token', ask: again, sees: withMember('expires_in', '3599') },
  { fault: 'negative-expires-in', on: 'token', ask: code, sees: withMember('expires_in', -1) },
  { fault: 'no-scope', on: 'token', ask: code, sees: without('scope') },
  { fault: 'no-access-token', on: 'token', ask: code, sees: without('access_token') },
  { fault: 'no-id-token', on: 'token', ask: again, sees: without('id_token') },
  { fault: 'extra-members', on: 'token', ask: code, sees: withMember('x_list', [{}]) },
  {
    fault: 'refresh-token-expires-in',
    on: 'token',
    ask: again,
    sees: withMember('refresh_token_expires_in', 604_799),
  },
  {
    fault: 'no-refresh-token',
    on: 'token',
    ask: async (google) => await exchange(google, await google.createCode({ forceRefreshToken: true })),
    sees: without('refresh_token'),
  },
  {
    fault: 'rotate-refresh-token',
    on: 'token',
    ask: again,
    sees: withMember('refresh_token', expect.stringMatching(/^1\/\/0/)),
  },
]
