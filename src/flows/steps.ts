import type { FlowStep, PartyId, Specification } from './flow.ts'
import { googlePage, openIdCore, rfc } from './specifications.ts'

/** Everything about a step except what it carried. */
export interface StepKind {
  readonly from: PartyId
  /** The same as `from` for work inside one party. */
  readonly to: PartyId
  readonly kind: FlowStep['kind']
  readonly title: string
  readonly purpose: string
  readonly specifications: readonly Specification[]
}

const offlineAccess = googlePage('offline access', 'identity/protocols/oauth2/web-server#offline')

/** The steps of all flows, in the order in which they can happen. */
export const stepKinds = {
  'app-request': {
    from: 'app',
    to: 'server',
    kind: 'unseen',
    title: 'The app asks for a code',
    purpose:
      "The app's Google library asks the user for consent, and Google for a one-time code that only your backend can use. The app names the client ID of your backend, not its own.",
    specifications: [offlineAccess],
  },
  'app-code': {
    from: 'server',
    to: 'app',
    kind: 'unseen',
    title: 'Google gives the app a code',
    purpose: 'The code works once and expires after minutes. Alone it is useless: it needs the secret of your client.',
    specifications: [rfc(6749, '4.1.2')],
  },
  'code-received': {
    from: 'app',
    to: 'gsa',
    kind: 'message',
    title: 'The code arrives',
    purpose:
      'gsa takes the place of your backend. The code is bound to the redirect URI of the request that it was issued for, so gsa has to know where it comes from.',
    specifications: [rfc(6749, '4.1.3')],
  },
  'code-posted': {
    from: 'app',
    to: 'gsa',
    kind: 'request',
    title: 'The app posts its code',
    purpose: 'The app sends the code to its backend. gsa serve takes the place of that backend.',
    specifications: [offlineAccess],
  },
  'code-answer': {
    from: 'gsa',
    to: 'app',
    kind: 'response',
    title: 'The app gets a response',
    purpose: 'The app learns whether the code was exchanged. It never gets the refresh token.',
    specifications: [],
  },
  transaction: {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'New secrets for this login',
    purpose:
      'gsa draws random values that tie everything that follows to this login: the state for the redirect, the nonce for the ID token, and the code verifier (PKCE) for the code.',
    specifications: [rfc(6749, '10.12'), rfc(7636, '4.1')],
  },
  'authorization-request': {
    from: 'gsa',
    to: 'browser',
    kind: 'message',
    title: 'Authorization request',
    purpose: "gsa opens Google's address in the browser. Its parameters say who asks for what.",
    specifications: [rfc(6749, '4.1.1'), rfc(8252, '7.3')],
  },
  'sign-in': {
    from: 'browser',
    to: 'server',
    kind: 'unseen',
    title: 'Sign-in and consent',
    purpose: 'The user signs in and allows the scopes. gsa sees neither the page nor the password.',
    specifications: [],
  },
  'authorization-response': {
    from: 'browser',
    to: 'gsa',
    kind: 'message',
    title: 'Authorization response',
    purpose:
      'Google redirects the browser to the redirect URI, where gsa listens. The address carries a one-time code, or an error.',
    specifications: [rfc(6749, '4.1.2'), rfc(9207, '2.4')],
  },
  'result-page': {
    from: 'gsa',
    to: 'browser',
    kind: 'message',
    title: 'Result page',
    purpose: 'The browser shows how the login ended.',
    specifications: [],
  },
  'login-pending': {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'The login waits',
    purpose: 'gsa stores what the response will be checked against. The second command continues from here.',
    specifications: [],
  },
  'user-code': {
    from: 'gsa',
    to: 'browser',
    kind: 'message',
    title: 'A code for the user',
    purpose: 'The user opens the address on any device and types this code there.',
    specifications: [rfc(8628, '3.3')],
  },
  'user-approval': {
    from: 'browser',
    to: 'server',
    kind: 'unseen',
    title: 'The user types the code',
    purpose: 'The user signs in, types the code and allows the scopes. gsa polls until then.',
    specifications: [rfc(8628, '3.3')],
  },
  'token-read': {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'The stored refresh token',
    purpose: 'gsa reads the refresh token from the store, under a lock: no other gsa refreshes this account meanwhile.',
    specifications: [],
  },
  'id-token': {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'The ID token is checked',
    purpose: 'The ID token says whose tokens these are. gsa believes it only after each of these checks.',
    specifications: [openIdCore('3.1.3.7', 'IDTokenValidation')],
  },
  account: {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'The account is checked',
    purpose: 'The tokens must belong to the account that was expected. Otherwise gsa stores nothing.',
    specifications: [],
  },
  stopped: {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'gsa sends nothing more',
    purpose: 'The reason is at the top of this page.',
    specifications: [],
  },
  stored: {
    from: 'gsa',
    to: 'gsa',
    kind: 'work',
    title: 'The refresh token is stored',
    purpose: 'gsa writes it to the store, reads it back, and compares.',
    specifications: [],
  },
  'discovery-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: "Request for the server's addresses",
    purpose:
      'Asks the server for its addresses: where the browser, codes and tokens go, and where its signing keys are.',
    specifications: [
      {
        name: 'OpenID Connect Discovery section 4',
        url: 'https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig',
      },
    ],
  },
  'keys-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Request for the signing keys',
    purpose: 'Fetches the public keys that the signature of an ID token is verified with.',
    specifications: [openIdCore('10.1.1', 'RotateSigKeys'), rfc(7517, '5')],
  },
  'token-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Token request with the code',
    purpose:
      'Sends the code together with the client secret. It is sent once: if a code is used twice, Google revokes the tokens of its first use.',
    specifications: [rfc(6749, '4.1.3')],
  },
  'refresh-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Token request with the refresh token',
    purpose: 'Asks for a new access token, without the user.',
    specifications: [rfc(6749, '6')],
  },
  'device-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Device authorization request',
    purpose: 'Asks for a device code, which gsa keeps, and a short code, which the user types.',
    specifications: [rfc(8628, '3.1')],
  },
  'device-poll': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Token request with the device code',
    purpose: 'Asks whether the user has approved. Until then, the response is the error authorization_pending.',
    specifications: [rfc(8628, '3.4')],
  },
  'revocation-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Revocation request',
    purpose: 'Ends the access. At Google, it ends for every client in the project.',
    specifications: [rfc(7009, '2.1')],
  },
  'userinfo-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'UserInfo request',
    purpose: 'Asks for the claims about the user that the access token allows.',
    specifications: [openIdCore('5.3', 'UserInfo')],
  },
  'drive-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Drive request',
    purpose: 'Uses the access token for the files of the app folder, while the user is away.',
    specifications: [rfc(6750, '2.1'), googlePage('the app folder', 'workspace/drive/api/guides/appdata')],
  },
  'other-request': {
    from: 'gsa',
    to: 'server',
    kind: 'request',
    title: 'Request',
    purpose: 'A request that is not part of an OAuth flow.',
    specifications: [],
  },
  response: {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: 'Response',
    purpose: '',
    specifications: [],
  },
  'discovery-response': {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: "The server's addresses",
    purpose: 'The issuer must be the server that was asked; otherwise gsa stops.',
    specifications: [
      {
        name: 'OpenID Connect Discovery section 4.3',
        url: 'https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation',
      },
    ],
  },
  'keys-response': {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: 'The public keys',
    purpose: 'An ID token names the key that it was signed with by its identifier, kid.',
    specifications: [rfc(7517, '5')],
  },
  tokens: {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: 'Tokens',
    purpose: 'The access token is for requests to APIs, and expires soon. The refresh token gets new ones.',
    specifications: [rfc(6749, '5.1'), openIdCore('3.1.3.3', 'TokenResponse')],
  },
  'device-code': {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: 'Device code',
    purpose: 'gsa polls with the device code, never more often than the interval says.',
    specifications: [rfc(8628, '3.2')],
  },
  pending: {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: 'Not yet',
    purpose: 'The user has not answered. gsa waits and asks again.',
    specifications: [rfc(8628, '3.5')],
  },
  'error-response': {
    from: 'server',
    to: 'gsa',
    kind: 'response',
    title: 'Error response',
    purpose: 'The server refused the request. Its error says why.',
    specifications: [rfc(6749, '5.2')],
  },
} as const satisfies Readonly<Record<string, StepKind>>

/** The name of a step. */
export type StepName = keyof typeof stepKinds

const stepsOfGrants: Readonly<Record<string, StepName>> = {
  authorization_code: 'token-request',
  refresh_token: 'refresh-request',
  'urn:ietf:params:oauth:grant-type:device_code': 'device-poll',
}

const stepsOfPaths: readonly (readonly [path: RegExp, step: StepName])[] = [
  [/\/\.well-known\/openid-configuration$/, 'discovery-request'],
  [/\/(?:o\/)?oauth2\/.*auth$/, 'authorization-request'],
  [/\/(?:certs|keys|jwks?(?:\.json)?)$/, 'keys-request'],
  [/\/device(?:\/code|\/authorize|_authorization)$/, 'device-request'],
  [/\/revoke$/, 'revocation-request'],
  [/\/userinfo$/, 'userinfo-request'],
  [/\/drive\/v\d/, 'drive-request'],
]

/** Returns what a request is, by the path of its address and its `grant_type`. */
export function stepOfRequest(path: string, grantType: string | undefined): StepName {
  const byGrant = grantType === undefined ? undefined : stepsOfGrants[grantType]
  return byGrant ?? stepsOfPaths.find(([pattern]) => pattern.test(path))?.[1] ?? 'other-request'
}

const responses: Partial<Readonly<Record<StepName, StepName>>> = {
  'discovery-request': 'discovery-response',
  'keys-request': 'keys-response',
  'device-request': 'device-code',
  'device-poll': 'tokens',
  'refresh-request': 'tokens',
  'token-request': 'tokens',
}

/** Returns whether the response to a request must have tokens. */
export function expectsTokens(request: StepName): boolean {
  return responses[request] === 'tokens'
}

/** Returns what a response is, by the request before it, its status, its `error`, and whether it has tokens. */
export function stepOfResponse(
  request: StepName,
  {
    status,
    error,
    hasTokens,
  }: { readonly status: number; readonly error: string | undefined; readonly hasTokens: boolean },
): StepName {
  if (error === 'authorization_pending' || error === 'slow_down') return 'pending'
  if (status >= 400) return 'error-response'
  const name = responses[request] ?? 'response'
  return name === 'tokens' && !hasTokens ? 'response' : name
}
