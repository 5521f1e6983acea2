import type { FailureDetails } from '../../failures/table.ts'
import type { Evidence } from '../evidence.ts'
import { all, known, lacks, missingParameter, type Recogniser, requestIs } from './recogniser.ts'

const parameter = (evidence: Evidence): { readonly parameter: string | null } => ({
  parameter: missingParameter(evidence) ?? null,
})

/** Names the request. The parameter tells it where one endpoint alone needs it, whichever the words suggest. */
const incomplete = (evidence: Evidence): FailureDetails<'request_incomplete'> => ({
  ...parameter(evidence),
  request: lacks('scope')(evidence)
    ? 'device'
    : lacks('token')(evidence)
      ? 'revocation'
      : lacks(...ofTokenRequests)(evidence) || evidence.request === undefined || evidence.request === 'authorization'
        ? 'token'
        : evidence.request,
})

const ofAuthorizationRequests = ['response_type', 'code_challenge', 'nonce', 'state']
const ofTokenRequests = ['code', 'device_code', 'assertion']
// Each of these has a failure of its own.
const elsewhere = lacks('client_id', 'client_secret', 'grant_type', 'refresh_token', 'code_verifier')

const lacksAnother = (evidence: Evidence): boolean => missingParameter(evidence) !== undefined && !elsewhere(evidence)
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
  known('authorization_request_cut', 'certain', all(requestIs('authorization'), lacksAnother), parameter),
  known(
    'request_incomplete',
    'certain',
    all(requestIs('token', 'device', 'revocation'), lacksAnother, (e) => !lacks(...ofAuthorizationRequests)(e)),
    incomplete,
  ),
  known('request_incomplete', 'likely', fromLibrary, incomplete),
  known('authorization_request_cut', 'possible', fromLibrary, parameter),
  known(
    'authorization_request_cut',
    'likely',
    all(unclear, (e) => !fromLibrary(e)),
    parameter,
  ),
  known('request_incomplete', 'possible', unclear, incomplete),
]
