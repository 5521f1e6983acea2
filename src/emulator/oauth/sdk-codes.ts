import { admissionError, unusableClient } from '../answers/admission.ts'
import type { LocalGoogle } from '../local-google.ts'
import { issueCode } from '../records/authorization-codes.ts'
import type { EmulatorClient } from '../records/built-in.ts'
import { invalid } from '../records/input.ts'
import { limitedAccessSeconds } from '../records/refresh-tokens.ts'
import { grantedScopes, isKnownScope } from '../records/scopes.ts'
import { accountNamed } from '../records/state.ts'
import type { SdkCodeRequest, SdkPlatform } from './sdk-code-request.ts'

const platforms: readonly SdkPlatform[] = ['android', 'ios', 'web-popup']

const defaultScopes = ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive.appdata']

/**
 * Reads the platform.
 * @throws RangeError when it is none of the platforms.
 */
export function readPlatform(text: string): SdkPlatform {
  const platform = platforms.find((candidate) => candidate === text)
  if (!platform) throw invalid(`"platform" must be one of ${platforms.join(', ')}`)
  return platform
}

/**
 * Issues an authorization code as the SDKs pass it to an app: bound to the empty redirect URI (mobile) or to
 * `postmessage` (web popup), without PKCE, and including the scopes granted earlier, as the SDKs request by default.
 * @throws RangeError for an unknown account, client, platform or scope.
 */
export function createSdkCode(google: LocalGoogle, request: SdkCodeRequest): string {
  const { state } = google
  const platform = readPlatform(request.platform ?? 'android')
  const client = findWebClient(google, request.clientId)
  const account = accountNamed(state, request.account)
  const refused = unusableClient(client) ?? admissionError(state, client, account)
  if (refused !== undefined) throw invalid(`Google would reject this sign-in (${refused.code}): ${refused.description}`)
  const scopes = request.scopes ?? defaultScopes
  const unknown = scopes.filter((scope) => !isKnownScope(scope))
  if (unknown.length > 0 || scopes.length === 0) throw invalid(`no such scope: ${unknown.join(', ') || '(none given)'}`)
  const redirectUri = platform === 'web-popup' ? popupRedirectUri(client, request.origin) : ''
  const signIn = google.signIns.begin()
  const issued = issueCode(google, {
    client,
    account,
    scopes: grantedScopes(scopes),
    includeGrantedScopes: true,
    redirectUri,
    nonce: request.nonce,
    accessType: 'offline',
    forceRefreshToken: request.forceRefreshToken ?? false,
    ...(request.limitedAccess && { accessSeconds: limitedAccessSeconds }),
    fromIos: platform === 'ios',
    signIn,
  })
  google.signIns.add({
    signIn,
    time: new Date(google.clock.now()).toISOString(),
    platform,
    clientId: client.clientId,
    account: account.email,
    scope: [...issued.scopes].join(' '),
    redirectUri,
    codeLength: issued.code.length,
  })
  return issued.code
}

/** Returns the value that a popup code is bound to (evidence B7): the word `postmessage`, or the origin of the page. */
function popupRedirectUri(client: EmulatorClient, origin: string | undefined): string {
  if (origin === undefined) return 'postmessage'
  if (client.javascriptOrigins?.includes(origin)) return origin
  throw invalid(`${origin} is not among the JavaScript origins of ${client.clientId}`)
}

function findWebClient(google: LocalGoogle, clientId: string | undefined): EmulatorClient {
  const clients = [...google.state.clients.values()]
  const client = clients.find((candidate) =>
    clientId === undefined ? candidate.type === 'web' : candidate.clientId === clientId,
  )
  if (client === undefined) throw invalid(`there is no client ${clientId ?? ''}`)
  // The SDKs reject any other type as the server's client.
  if (client.type !== 'web')
    throw invalid(`${client.clientId} is not a web client; only web clients get codes from the SDKs`)
  return client
}
