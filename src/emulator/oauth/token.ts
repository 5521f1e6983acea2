import { admissionError } from '../answers/admission.ts'
import { codeGrantFaults, refreshGrantFaults } from '../faults/grant-faults.ts'
import { reauthenticationRequired } from '../faults/token-faults.ts'
import { type Call, refusal, Refused, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { accessTokenLifetimeSeconds, issueAccessToken } from '../records/access-tokens.ts'
import { takeCode, verifierMatches } from '../records/authorization-codes.ts'
import type { EmulatorAccount, EmulatorClient } from '../records/built-in.ts'
import { withoutScheme } from '../records/origins.ts'
import {
  dropRefreshToken,
  findRefreshToken,
  issueRefreshToken,
  needsNewSignIn,
  refreshTokenLifetime,
} from '../records/refresh-tokens.ts'
import { canonicalScopes, wantsIdToken } from '../records/scopes.ts'
import type { AuthorizationCode } from '../records/state.ts'
import { authenticateClient } from './client-authentication.ts'
import { redeemDeviceCode } from './device-grant.ts'
import { issueIdToken } from './id-token.ts'
import { singleParameter } from './parameters.ts'
import { refuseByFault, tokenReply } from './token-reply.ts'

const parameterNames = [
  'grant_type',
  'client_id',
  'client_secret',
  'code',
  'device_code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
] as const
type Parameters = Partial<Record<(typeof parameterNames)[number], string>>

type ConsentedCode = Omit<AuthorizationCode, 'redirectUri' | 'challenge' | 'expiresAtMs'>

/** A request of a client that has proved its identity. */
interface TokenRequest {
  readonly client: EmulatorClient
  readonly parameters: Parameters
  /** The issuer of the ID token. */
  readonly issuer: string
}

type GrantType = (google: LocalGoogle, request: TokenRequest) => Promise<Reply>
const grantTypes = new Map<string, GrantType>([
  ['authorization_code', codeGrant],
  ['refresh_token', refreshGrant],
  ['urn:ietf:params:oauth:grant-type:device_code', deviceGrant],
  ['http://oauth.net/grant_type/device/1.0', deviceGrant],
])

/** Older addresses whose ID tokens name the issuer without its scheme (evidence B3). */
const issuersWithoutScheme = new Set(['/o/oauth2/token', '/oauth2/v3/token'])

/**
 * Handles `POST /token` and its older addresses (RFC 6749 section 3.2), with Google's text for every error (evidence
 * B3).
 */
export async function tokenEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const parameters = readParameters(call)
  const grantType = parameters.grant_type
  if (!grantType) throw refusal(400, 'invalid_request', 'Required parameter is missing: grant_type')
  const grant = grantTypes.get(grantType)
  if (grant === undefined) throw refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`)
  const client = authenticateClient(google, call, parameters)
  const issuer = issuersWithoutScheme.has(call.path) ? withoutScheme(google.issuer) : google.issuer
  return await grant(google, { client, parameters, issuer })
}

function readParameters(call: Call): Parameters {
  const parameters: Parameters = {}
  for (const name of parameterNames) {
    const value = singleParameter(call, name)
    if (value !== undefined) parameters[name] = value
  }
  return parameters
}

async function codeGrant(google: LocalGoogle, { client, parameters, issuer }: TokenRequest): Promise<Reply> {
  const { code, code_verifier: verifier, redirect_uri: redirectUri } = parameters
  if (!code) throw refusal(400, 'invalid_request', 'Missing required parameter: code')
  // An empty value counts as present: the codes of the mobile SDKs are bound to it.
  if (redirectUri === undefined) throw refusal(400, 'invalid_request', 'Missing parameter: redirect_uri')
  if (!google.mint.isAuthorizationCode(code)) throw refusal(400, 'invalid_grant', 'Malformed auth code.')
  if (google.state.codes.has(code)) refuseByFault(google, 'authorization_code')
  const found = takeCode(google, code, client.clientId)
  if (found === undefined) throw refusal(400, 'invalid_grant', 'Bad Request')
  if (found.redirectUri !== redirectUri) throw refusal(400, 'redirect_uri_mismatch', 'Bad Request')
  checkVerifier(found, verifier)
  return await firstTokens(google, found, issuer)
}

/**
 * Handles the device grant (RFC 8628 section 3.4). The legacy grant type sends the device code as `code`, its name
 * before the RFC.
 */
async function deviceGrant(google: LocalGoogle, { client, parameters, issuer }: TokenRequest): Promise<Reply> {
  const approval = redeemDeviceCode(google, client, parameters.device_code ?? parameters.code)
  const always = { accessType: 'offline', refreshToken: true, fromIos: false, nonce: undefined } as const
  return await firstTokens(google, { ...approval, ...always, client }, issuer)
}

/** Returns the response to a code grant: tokens for the user's consent. */
async function firstTokens(google: LocalGoogle, found: ConsentedCode, issuer: string): Promise<Reply> {
  const { client, account, grant, scopes, accessType } = found
  refuseBlockedAccount(google, client, account)
  const access = { clientId: client.clientId, account, grant, scopes, accessType }
  const accessToken = issueAccessToken(google, access)
  const withRefreshToken = found.refreshToken && google.faults.take('token', codeGrantFaults) === undefined
  const lifetime = refreshTokenLifetime(google.state, found)
  const expiry = lifetime !== undefined && { expiresAtMs: google.clock.now() + lifetime * 1000 }
  return tokenReply(google, 'consent', {
    access_token: accessToken,
    expires_in: accessTokenLifetimeSeconds,
    ...(withRefreshToken && {
      refresh_token: issueRefreshToken(google, { clientId: client.clientId, account, grant, scopes, ...expiry }),
    }),
    scope: [...scopes].join(' '),
    token_type: 'Bearer',
    ...(wantsIdToken(scopes) && {
      id_token: await issueIdToken(google, { ...access, accessToken, nonce: found.nonce, issuer }),
    }),
    // One second less, as with expires_in. Google omits it for a time-limited sign-in on iOS.
    ...(withRefreshToken &&
      lifetime !== undefined &&
      !isSilentAboutLimit(found) && { refresh_token_expires_in: lifetime - 1 }),
  })
}

function isSilentAboutLimit({ fromIos, accessSeconds }: ConsentedCode): boolean {
  return fromIos && accessSeconds !== undefined
}

/** Checks PKCE (RFC 7636 section 4.6): a challenge needs its verifier, and a verifier needs a challenge. */
function checkVerifier({ challenge }: AuthorizationCode, verifier: string | undefined): void {
  if (challenge === undefined) {
    if (verifier) throw refusal(400, 'invalid_grant', 'code_verifier or verifier is not needed.')
    return
  }
  if (!verifier) throw refusal(400, 'invalid_grant', 'Missing code verifier.')
  if (!verifierMatches(challenge, verifier)) throw refusal(400, 'invalid_grant', 'Invalid code verifier.')
}

async function refreshGrant(google: LocalGoogle, { client, parameters, issuer }: TokenRequest): Promise<Reply> {
  const { refresh_token: refreshToken } = parameters
  if (!refreshToken) throw refusal(400, 'invalid_request', 'Missing required parameter: refresh_token')
  const found = findRefreshToken(google, refreshToken)
  if (found === undefined) {
    const wasReal = google.mint.isRefreshToken(refreshToken)
    throw refusal(400, 'invalid_grant', wasReal ? 'Token has been expired or revoked.' : 'Bad Request')
  }
  if (found.clientId !== client.clientId) throw refusal(401, 'unauthorized_client', 'Unauthorized')
  refuseByFault(google, 'refresh_token')

  refuseBlockedAccount(google, client, found.account)
  if (needsNewSignIn(google, found)) throw new Refused(reauthenticationRequired('invalid_rapt'))
  const { account, grant } = found
  const scopes = narrowedScopes(found.scopes, parameters.scope)
  const access = { clientId: client.clientId, account, grant, scopes, accessType: 'offline' } as const
  const accessToken = issueAccessToken(google, access)
  found.usedAtMs = google.clock.now()
  const rotated =
    google.faults.take('token', refreshGrantFaults) === undefined ? undefined : issueRefreshToken(google, found)
  if (rotated) dropRefreshToken(google, refreshToken)
  return tokenReply(google, 'refresh', {
    access_token: accessToken,
    expires_in: accessTokenLifetimeSeconds,
    ...(rotated && { refresh_token: rotated }),
    // Google does not keep the order of the first response; a client that compares texts should fail here.
    scope: [...scopes].toReversed().join(' '),
    token_type: 'Bearer',
    ...(wantsIdToken(scopes) && {
      id_token: await issueIdToken(google, { ...access, accessToken, nonce: undefined, issuer }),
    }),
  })
}

/**
 * Throws if an administrator or an organization blocks the account, which also applies to tokens; the list of test
 * users is checked only at sign-in.
 */
function refuseBlockedAccount(google: LocalGoogle, client: EmulatorClient, account: EmulatorAccount): void {
  const error = admissionError(google.state, client, account)
  if (error !== undefined && error.code !== 'access_denied') throw refusal(error.status, error.code, error.description)
}

/** Returns the scopes of a refresh: it may request fewer than were granted, never more (RFC 6749 section 6). */
function narrowedScopes(granted: ReadonlySet<string>, scope: string | undefined): ReadonlySet<string> {
  if (!scope) return granted
  const asked = canonicalScopes(scope.split(' '))
  const beyond = asked.filter((name) => !granted.has(name))
  if (beyond.length > 0) throw refusal(400, 'invalid_scope', 'Bad Request')
  return new Set(asked)
}
