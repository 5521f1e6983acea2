import { adminPolicyEnforced, clientError, orgInternal } from '../answers/admission.ts'
import { oauthError, oauthReply, type Reply } from '../http/reply.ts'
import type { FaultRow } from './surface.ts'

const on = ['token'] as const

/** The grants that a fault can tell apart. */
export type Grant = 'authorization_code' | 'refresh_token' | 'device_code'

/** A refusal of a token request that is in order (evidence B3). Code and refresh token stay as good as they were. */
export interface TokenFault extends FaultRow {
  readonly answer: () => Reply
  /** The grants that can be refused so; without it every one. */
  readonly grants?: readonly Grant[]
}

const ofCode = { on, grants: ['authorization_code'] } as const
const ofDevice = { on, grants: ['device_code'] } as const
const ofRefresh = { on, grants: ['refresh_token'] } as const

/** Refusals of the token endpoint by name. */
export const tokenFaults = {
  'expired-or-revoked': {
    ...ofRefresh,
    does: 'answers 400 invalid_grant "Token has been expired or revoked." to a refresh grant',
    answer: () => oauthError(400, 'invalid_grant', 'Token has been expired or revoked.'),
  },
  'invalid-rapt': {
    ...ofRefresh,
    does: 'answers 400 invalid_grant with error_subtype invalid_rapt to a refresh grant',
    answer: () => reauthenticationRequired('invalid_rapt'),
  },
  'rapt-required': {
    ...ofRefresh,
    does: 'answers 400 invalid_grant with error_subtype rapt_required to a refresh grant',
    answer: () => reauthenticationRequired('rapt_required'),
  },
  'unauthorized-client': {
    ...ofRefresh,
    does: 'answers 401 unauthorized_client to a refresh grant, as if the refresh token were of another client',
    answer: () => oauthError(401, 'unauthorized_client', 'Unauthorized'),
  },
  'code-used': {
    ...ofCode,
    does: 'answers 400 invalid_grant "Bad Request" to a code grant, as if the code were used or expired',
    answer: () => oauthError(400, 'invalid_grant', 'Bad Request'),
  },
  'malformed-code': {
    ...ofCode,
    does: 'answers 400 invalid_grant "Malformed auth code." to a code grant',
    answer: () => oauthError(400, 'invalid_grant', 'Malformed auth code.'),
  },
  'slow-down': {
    ...ofDevice,
    does: 'answers 403 slow_down to a device that polls, as if it came too early',
    answer: () => oauthError(403, 'slow_down', 'Forbidden'),
  },
  'device-code-used': {
    ...ofDevice,
    does: 'answers 400 invalid_grant "Bad Request" to a device that polls, as if the code were used',
    answer: () => oauthError(400, 'invalid_grant', 'Bad Request'),
  },
  'invalid-client-secret': {
    on,
    does: 'answers 401 invalid_client "The provided client secret is invalid."',
    answer: () => oauthError(401, 'invalid_client', 'The provided client secret is invalid.'),
  },
  'deleted-client': { on, does: 'answers 401 deleted_client', answer: () => refusal(clientError('deleted')) },
  'disabled-client': { on, does: 'answers 401 disabled_client', answer: () => refusal(clientError('disabled')) },
  'admin-policy': { on, does: 'answers 400 admin_policy_enforced', answer: () => refusal(adminPolicyEnforced()) },
  'org-internal': { on, does: 'answers 403 org_internal', answer: () => refusal(orgInternal()) },
  'rate-limited': {
    on,
    does: 'answers 429 rate_limit_exceeded, with Retry-After if `seconds` is given',
    answer: () => oauthError(429, 'rate_limit_exceeded', 'Rate Limit Exceeded'),
  },
  'use-dpop-nonce': {
    on,
    does: 'answers 400 use_dpop_nonce with a DPoP-Nonce header, as to a client that sent a DPoP proof',
    answer: () => {
      const reply = oauthError(400, 'use_dpop_nonce', 'Authorization server requires nonce in DPoP proof')
      return { ...reply, headers: { ...reply.headers, 'dpop-nonce': 'emulator-dpop-nonce' } }
    },
  },
} as const satisfies Record<string, TokenFault>

function refusal({
  status,
  code,
  description,
}: {
  readonly status: number
  readonly code: string
  readonly description: string
}): Reply {
  return oauthError(status, code, description)
}

/** Session control of a Workspace (evidence B3). */
export function reauthenticationRequired(subtype: 'invalid_rapt' | 'rapt_required'): Reply {
  return oauthReply(400, {
    error: 'invalid_grant',
    error_description: `reauth related error (${subtype})`,
    error_uri: 'https://support.google.com/a/answer/9368756',
    error_subtype: subtype,
  })
}
