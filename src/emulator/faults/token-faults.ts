import { adminPolicyEnforced, clientError, orgInternal } from '../answers/admission.ts'
import { oauthError, oauthReply, type Reply } from '../http/reply.ts'
import type { FaultRow } from './surface.ts'

const on = ['token'] as const

/** The grants that faults can distinguish. */
export type Grant = 'authorization_code' | 'refresh_token' | 'device_code'

/** An error for a valid token request (evidence B3). The code and the refresh token stay valid. */
export interface TokenFault extends FaultRow {
  readonly answer: () => Reply
  /** The grants that can get this error; without it, all grants can. */
  readonly grants?: readonly Grant[]
}

const ofCode = { on, grants: ['authorization_code'] } as const
const ofDevice = { on, grants: ['device_code'] } as const
const ofRefresh = { on, grants: ['refresh_token'] } as const

/** Errors of the token endpoint by name. */
export const tokenFaults = {
  'expired-or-revoked': {
    ...ofRefresh,
    does: 'returns 400 invalid_grant "Token has been expired or revoked." to a refresh grant',
    answer: () => oauthError(400, 'invalid_grant', 'Token has been expired or revoked.'),
  },
  'invalid-rapt': {
    ...ofRefresh,
    does: 'returns 400 invalid_grant with error_subtype invalid_rapt to a refresh grant',
    answer: () => reauthenticationRequired('invalid_rapt'),
  },
  'rapt-required': {
    ...ofRefresh,
    does: 'returns 400 invalid_grant with error_subtype rapt_required to a refresh grant',
    answer: () => reauthenticationRequired('rapt_required'),
  },
  'unauthorized-client': {
    ...ofRefresh,
    does: 'returns 401 unauthorized_client to a refresh grant, as if the refresh token belonged to another client',
    answer: () => oauthError(401, 'unauthorized_client', 'Unauthorized'),
  },
  'account-deleted': {
    ...ofRefresh,
    does: 'returns 400 invalid_grant "The account has been deleted" to a refresh grant',
    answer: () => oauthError(400, 'invalid_grant', 'The account has been deleted'),
  },
  'account-restricted': {
    on,
    does: 'returns 400 access_denied "Account restricted"',
    answer: () => oauthError(400, 'access_denied', 'Account restricted'),
  },
  'code-used': {
    ...ofCode,
    does: 'returns 400 invalid_grant "Bad Request" to a code grant, as if the code were used or expired',
    answer: () => oauthError(400, 'invalid_grant', 'Bad Request'),
  },
  'malformed-code': {
    ...ofCode,
    does: 'returns 400 invalid_grant "Malformed auth code." to a code grant',
    answer: () => oauthError(400, 'invalid_grant', 'Malformed auth code.'),
  },
  'slow-down': {
    ...ofDevice,
    does: 'returns 403 slow_down to a polling device, as if it polled too early',
    answer: () => oauthError(403, 'slow_down', 'Forbidden'),
  },
  'device-code-used': {
    ...ofDevice,
    does: 'returns 400 invalid_grant "Bad Request" to a polling device, as if the code were used',
    answer: () => oauthError(400, 'invalid_grant', 'Bad Request'),
  },
  'invalid-client-secret': {
    on,
    does: 'returns 401 invalid_client "The provided client secret is invalid."',
    answer: () => oauthError(401, 'invalid_client', 'The provided client secret is invalid.'),
  },
  'deleted-client': { on, does: 'returns 401 deleted_client', answer: () => refusal(clientError('deleted')) },
  'disabled-client': { on, does: 'returns 401 disabled_client', answer: () => refusal(clientError('disabled')) },
  'admin-policy': { on, does: 'returns 400 admin_policy_enforced', answer: () => refusal(adminPolicyEnforced()) },
  'org-internal': { on, does: 'returns 403 org_internal', answer: () => refusal(orgInternal()) },
  'rate-limited': {
    on,
    does: 'returns 429 rate_limit_exceeded, with Retry-After if `seconds` is given',
    answer: () => oauthError(429, 'rate_limit_exceeded', 'Rate Limit Exceeded'),
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

/** Returns the error of Workspace session control (evidence B3). */
export function reauthenticationRequired(subtype: 'invalid_rapt' | 'rapt_required'): Reply {
  return oauthReply(400, {
    error: 'invalid_grant',
    error_description: `reauth related error (${subtype})`,
    error_uri: 'https://support.google.com/a/answer/9368756',
    error_subtype: subtype,
  })
}
