import type { EmulatorClient } from './built-in.ts'
import type { AuthorizationCode } from './state.ts'
import type { StorageRelay } from './storage-relay.ts'

/** An authorization request that passed every check (RFC 6749 section 4.1.1, RFC 7636, OIDC Core section 3.1.2.1). */
export interface AuthorizationRequest {
  readonly client: EmulatorClient
  readonly redirectUri: string
  /** As requested; aliases are echoed in the authorization response. */
  readonly requestedScopes: readonly string[]
  /** The scopes as Google names them in a grant, each once. */
  readonly scopes: readonly string[]
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly challenge: AuthorizationCode['challenge']
  readonly accessType: 'online' | 'offline'
  readonly prompt: ReadonlySet<string>
  readonly loginHint: string | undefined
  readonly hostedDomain: string | undefined
  readonly includeGrantedScopes: boolean
  readonly responseMode: ResponseMode
  /** Only Google's library for pages gets anything but a code. */
  readonly responseType: ResponseType
  /** The page that gets the answer instead of a redirect URI. */
  readonly relay: StorageRelay | undefined
  /** The small form of the library's prompt, in a frame of the page. */
  readonly isCard: boolean
  /** The library's token against forged requests, which comes back with an ID token that is posted. */
  readonly csrfToken: string | undefined
}

export const responseModes = ['query', 'fragment', 'form_post'] as const
type ResponseMode = (typeof responseModes)[number]
export const responseTypes = ['code', 'token', 'id_token'] as const
type ResponseType = (typeof responseTypes)[number]
