import { adminPolicyEnforced, clientError, notTestUser, orgInternal } from '../answers/admission.ts'
import type { AuthorizationError } from '../answers/authorization-error.ts'
import type { ChangeRow, FaultRow } from './surface.ts'

const on = ['authorize'] as const

/** A valid authorization request that ends at Google's error page (evidence B2); the app is not notified. */
interface AuthorizationErrorFault extends FaultRow {
  readonly error: (parameters: URLSearchParams) => AuthorizationError
}

const leads = 'leads to the error page:'

/** Error pages by name. Where Google's text is not known, the description is our own. */
export const authorizationErrorFaults = {
  'access-denied-not-verified': {
    on,
    does: `${leads} 403 access_denied, as if the account were not a test user`,
    error: notTestUser,
  },
  'org-internal': { on, does: `${leads} 403 org_internal`, error: orgInternal },
  'admin-policy': { on, does: `${leads} 400 admin_policy_enforced`, error: adminPolicyEnforced },
  'disallowed-useragent': {
    on,
    does: `${leads} 403 disallowed_useragent`,
    error: () => ({
      code: 'disallowed_useragent',
      status: 403,
      description: 'This sign-in comes from an embedded browser. Google accepts it only from the system browser.',
    }),
  },
  'deleted-client': { on, does: `${leads} 401 deleted_client`, error: () => clientError('deleted') },
  'disabled-client': { on, does: `${leads} 401 disabled_client`, error: () => clientError('disabled') },
  'invalid-grant': {
    on,
    does: `${leads} 400 invalid_grant, as if the request expired on the page`,
    error: () => ({
      code: 'invalid_grant',
      status: 400,
      description: 'The request has expired. Start again in the app.',
    }),
  },
  'scopes-cannot-be-shown': {
    on,
    does: `${leads} 400 invalid_scope, as if the scopes could not be shown`,
    error: (parameters) => ({
      code: 'invalid_scope',
      status: 400,
      description: `Some requested scopes cannot be shown: [${(parameters.get('scope') ?? '').split(' ').join(', ')}]`,
    }),
  },
} as const satisfies Record<string, AuthorizationErrorFault>

/** A parameter of an authorization response. */
export type Parameter = readonly [name: string, value: string]
type ResponseChange = ChangeRow<readonly Parameter[]>['change']

/** Faults of the authorization response (RFC 6749 section 4.1.2, RFC 9207). */
export const authorizationResponseFaults = {
  'wrong-state': { on, does: 'adds a letter to the state', change: changed('state', (state) => `${state}x`) },
  'no-state': { on, does: 'omits the state', change: without('state') },
  'two-states': { on, does: 'sends a second state', change: doubled('state') },
  'wrong-iss': { on, does: 'sends another issuer as iss', change: changed('iss', () => 'https://other.example') },
  'no-iss': { on, does: 'omits iss', change: without('iss') },
  'no-code': { on, does: 'omits the code', change: without('code') },
  'two-codes': { on, does: 'sends a second code', change: doubled('code') },
  'error-instead-of-code': {
    on,
    does: 'issues a code but sends error=server_error instead',
    change: (parameters) =>
      has(parameters, 'code')
        ? [['error', 'server_error'], ...parameters.filter(([name]) => name === 'state' || name === 'iss')]
        : undefined,
  },
} as const satisfies Record<string, ChangeRow<readonly Parameter[]>>

/** Faults of the query or fragment that the response is written into. */
export const redirectFaults = {
  'encoded-code': {
    on,
    does: 'writes the slash in the code as %2F',
    change: (query) => {
      const encoded = query.replace(/(?<=(?:^|&)code=)[^&]*/, (code) => code.replaceAll('/', '%2F'))
      return encoded === query ? undefined : encoded
    },
  },
} as const satisfies Record<string, ChangeRow<string>>

function has(parameters: readonly Parameter[], wanted: string): boolean {
  return parameters.some(([name]) => name === wanted)
}

function changed(wanted: string, change: (value: string) => string): ResponseChange {
  return (parameters) =>
    has(parameters, wanted)
      ? parameters.map(([name, value]) => [name, name === wanted ? change(value) : value] as const)
      : undefined
}

function without(wanted: string): ResponseChange {
  return (parameters) => (has(parameters, wanted) ? parameters.filter(([name]) => name !== wanted) : undefined)
}

function doubled(wanted: string): ResponseChange {
  return (parameters) =>
    has(parameters, wanted)
      ? [
          ...parameters,
          ...parameters.filter(([name]) => name === wanted).map(([name, value]) => [name, `${value}x`] as const),
        ]
      : undefined
}
