import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'
import { all, known, lacks, missingParameter, type Recogniser, requestIs } from './recogniser.ts'

const parameter = (facts: Facts): { readonly parameter: string | null } => ({
  parameter: missingParameter(facts) ?? null,
})

/** Names the request. The parameter tells it where one endpoint alone needs it, whichever the words suggest. */
const incomplete = (facts: Facts): FailureDetails<'request_incomplete'> => ({
  ...parameter(facts),
  request: lacks('scope')(facts)
    ? 'device'
    : lacks('token')(facts)
      ? 'revocation'
      : lacks(...ofTokenRequests)(facts) || facts.request === undefined || facts.request === 'authorization'
        ? 'token'
        : facts.request,
})

const ofAuthorizationRequests = ['response_type', 'code_challenge', 'nonce', 'state']
const ofTokenRequests = ['code', 'device_code', 'assertion']
// Each of these has a failure of its own.
const elsewhere = lacks('client_id', 'client_secret', 'grant_type', 'refresh_token', 'code_verifier')

const lacksAnother = (facts: Facts): boolean => missingParameter(facts) !== undefined && !elsewhere(facts)
// Libraries write "(invalid_request) Missing …" for either endpoint, but see it more often from the token endpoint.
const fromLibrary = all(requestIs(undefined), lacks('redirect_uri'), /invalid_request["']? ?[:)]/)
const unclear = all(requestIs(undefined), lacks('redirect_uri', 'scope'))

/**
 * Recognises missing parameters. Google uses the same sentence on the page of the authorization endpoint and in the
 * body of other endpoints, so the surroundings decide.
 */
export const parameters: readonly Recogniser[] = [
  known('authorization_request_cut', 'certain', lacks(...ofAuthorizationRequests), parameter),
  known('request_incomplete', 'certain', lacks(...ofTokenRequests, 'token'), incomplete),
  // Only the token endpoint leaves out "required", and only for this parameter.
  known('request_incomplete', 'likely', /Missing parameter: ?redirect_uri/i, {
    request: 'token',
    parameter: 'redirect_uri',
  }),
  known('scope_missing', 'certain', all(requestIs('authorization'), lacks('scope')), {}),
  known(
    'authorization_request_cut',
    'certain',
    all(requestIs('authorization'), lacksAnother, (e) => !lacks('scope')(e)),
    parameter,
  ),
  known(
    'request_incomplete',
    'certain',
    all(requestIs('token', 'device', 'revocation'), lacksAnother, (e) => !lacks(...ofAuthorizationRequests)(e)),
    incomplete,
  ),
  known('request_incomplete', 'likely', fromLibrary, incomplete),
  known('authorization_request_cut', 'possible', fromLibrary, parameter),
  known('scope_missing', 'likely', all(unclear, lacks('scope')), {}),
  known(
    'authorization_request_cut',
    'likely',
    all(
      unclear,
      (e) => fromLibrary(e) === false,
      (e) => !lacks('scope')(e),
    ),
    parameter,
  ),
  known('request_incomplete', 'possible', unclear, incomplete),
]
