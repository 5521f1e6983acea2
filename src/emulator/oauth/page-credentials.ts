import type { Parameter } from '../faults/authorization-faults.ts'
import type { LocalGoogle } from '../local-google.ts'
import { accessTokenLifetimeSeconds, issueAccessToken } from '../records/access-tokens.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { recordConsent } from '../records/grants.ts'
import { issueIdToken } from './id-token.ts'

/** A user's consent to a page. */
interface PageConsent {
  readonly account: EmulatorAccount
  /** As Google names them in a grant. */
  readonly scopes: readonly string[]
  /** How the user chose: Google's `select_by` of a credential. */
  readonly selectBy: string
}

/** Records the consent, and returns the access token and its scopes as Google's library passes them to a page. */
export function accessTokenParameters(
  google: LocalGoogle,
  request: AuthorizationRequest,
  { account, scopes, signIn }: Omit<PageConsent, 'selectBy'> & { readonly signIn: string | undefined },
): { readonly parameters: readonly Parameter[]; readonly scopes: ReadonlySet<string> } {
  const { client } = request
  const consent = recordConsent(google, { ...onlineConsent(request), account, scopes })
  const access = { clientId: client.clientId, account, grant: consent.grant, scopes: consent.scopes, signIn }
  return {
    scopes: consent.scopes,
    parameters: [
      ['access_token', issueAccessToken(google, { ...access, accessType: 'online' })],
      ['token_type', 'Bearer'],
      ['expires_in', String(accessTokenLifetimeSeconds)],
    ],
  }
}

/** Records the consent, and returns the ID token for a page, or for its login endpoint. */
export async function credentialParameters(
  google: LocalGoogle,
  request: AuthorizationRequest,
  { account, scopes, selectBy }: PageConsent,
): Promise<readonly Parameter[]> {
  const { clientId } = request.client
  const consent = recordConsent(google, { ...onlineConsent(request), account, scopes })
  const { nonce } = request
  const credential = await issueIdToken(google, {
    clientId,
    account,
    scopes: consent.scopes,
    nonce,
    issuer: google.issuer,
  })
  return [
    ...(request.relay === undefined ? [] : [['clientId', clientId] as const]),
    ['credential', credential],
    ['select_by', selectBy],
    ...(request.csrfToken === undefined ? [] : [['g_csrf_token', request.csrfToken] as const]),
    ...(request.state === undefined ? [] : [['state', request.state] as const]),
  ]
}

function onlineConsent({ client, includeGrantedScopes }: AuthorizationRequest): {
  readonly client: AuthorizationRequest['client']
  readonly includeGrantedScopes: boolean
  readonly accessType: 'online'
  readonly forceRefreshToken: false
} {
  return { client, includeGrantedScopes, accessType: 'online', forceRefreshToken: false }
}
