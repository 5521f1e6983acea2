import { createHash } from 'node:crypto'
import { codeGrantFaults } from '../faults/grant-faults.ts'
import { type Call, refusal, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { accessTokenLifetimeSeconds, issueAccessToken } from '../records/access-tokens.ts'
import { takeCode, verifierMatches } from '../records/authorization-codes.ts'
import { withoutScheme } from '../records/origins.ts'
import { issueRefreshToken, refreshTokenLifetime } from '../records/refresh-tokens.ts'
import { wantsIdToken } from '../records/scopes.ts'
import type { AuthorizationCode } from '../records/state.ts'
import { authenticateClient } from './client-authentication.ts'
import { redeemDeviceCode } from './device-grant.ts'
import { checkProof, withNextNonce } from './dpop-check.ts'
import { issueIdToken } from './id-token.ts'
import { refreshGrant } from './refresh-grant.ts'
import { refuseByFault, tokenReply } from './token-reply.ts'
import { readParameters, refuseBlockedAccount, type TokenRequest } from './token-request.ts'

interface ConsentedCode extends Omit<AuthorizationCode, 'redirectUri' | 'challenge' | 'expiresAtMs'> {
  /** The thumbprint of the key of the request's DPoP proof. */
  readonly boundTo: string | undefined
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
  return await grant(google, { call, client, parameters, issuer })
}

async function codeGrant(google: LocalGoogle, request: TokenRequest): Promise<Reply> {
  const { client, parameters } = request
  const { code, code_verifier: verifier, redirect_uri: redirectUri } = parameters
  if (!code) throw refusal(400, 'invalid_request', 'Missing required parameter: code')
  // An empty value counts as present: the codes of the mobile SDKs are bound to it.
  if (redirectUri === undefined) throw refusal(400, 'invalid_request', 'Missing parameter: redirect_uri')
  if (!google.mint.isAuthorizationCode(code)) throw refusal(400, 'invalid_grant', 'Malformed auth code.')
  const isKnown = google.state.codes.has(code)
  if (isKnown) refuseByFault(google, 'authorization_code')
  const thumbprint = isKnown ? checkCodeProof(google, request, code) : undefined
  const found = takeCode(google, code, client.clientId)
  if (found === undefined) throw refusal(400, 'invalid_grant', 'Bad Request')
  if (found.redirectUri !== redirectUri) throw refusal(400, 'redirect_uri_mismatch', 'Bad Request')
  checkVerifier(found, verifier)
  return await firstTokens(google, request, { ...found, boundTo: thumbprint })
}

/** Checks a proof that is bound to the code (evidence B3). Returns its thumbprint. */
function checkCodeProof(google: LocalGoogle, request: TokenRequest, code: string): string | undefined {
  const jti = createHash('sha256').update(code).digest('base64url')
  return checkProof(google, request, { workflow: 'exchange', credential: code, jti })
}

/**
 * Handles the device grant (RFC 8628 section 3.4). The legacy grant type sends the device code as `code`, its name
 * before the RFC.
 */
async function deviceGrant(google: LocalGoogle, request: TokenRequest): Promise<Reply> {
  const { client, parameters } = request
  const code = parameters.device_code ?? parameters.code
  const isKnown = code !== undefined && google.state.deviceCodes.has(code)
  const boundTo = isKnown ? checkProof(google, request, { workflow: 'exchange', credential: code }) : undefined
  const approval = redeemDeviceCode(google, client, code)
  const always = { accessType: 'offline', refreshToken: true, fromIos: false, nonce: undefined } as const
  return await firstTokens(google, request, { ...approval, ...always, client, boundTo })
}

/** Returns the response to a code grant: tokens for the user's consent. */
async function firstTokens(google: LocalGoogle, { call, issuer }: TokenRequest, found: ConsentedCode): Promise<Reply> {
  const { client, account, grant, scopes, accessType, boundTo } = found
  refuseBlockedAccount(google, client, account)
  const signIn = found.signIn ?? call.signIn
  const access = { clientId: client.clientId, account, grant, scopes, accessType, signIn }
  const accessToken = issueAccessToken(google, access)
  const withRefreshToken = found.refreshToken && google.faults.take('token', codeGrantFaults) === undefined
  const lifetime = refreshTokenLifetime(google.state, found)
  const expiry = lifetime !== undefined && { expiresAtMs: google.clock.now() + lifetime * 1000 }
  if (boundTo !== undefined && withRefreshToken) call.dpop = `bound to key ${boundTo}`
  const reply = tokenReply(google, 'consent', {
    access_token: accessToken,
    expires_in: accessTokenLifetimeSeconds,
    ...(withRefreshToken && {
      refresh_token: issueRefreshToken(google, {
        clientId: client.clientId,
        account,
        grant,
        scopes,
        signIn,
        ...expiry,
        ...(boundTo !== undefined && { boundTo }),
      }),
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
  return boundTo === undefined ? reply : withNextNonce(google, client, 'exchange', reply)
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
