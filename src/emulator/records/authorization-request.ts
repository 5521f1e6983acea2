import type { EmulatorClient } from './built-in.ts'
import type { AuthorizationCode } from './state.ts'

/** An authorization request that passed every check (RFC 6749 section 4.1.1, RFC 7636, OIDC Core section 3.1.2.1). */
export interface AuthorizationRequest {
  client: EmulatorClient
  redirectUri: string
  /** As asked for; aliases are echoed in the authorization response. */
  requestedScopes: string[]
  /** In grant names, each once. */
  scopes: string[]
  state: string | undefined
  nonce: string | undefined
  challenge: AuthorizationCode['challenge']
  accessType: 'online' | 'offline'
  prompt: ReadonlySet<string>
  loginHint: string | undefined
  hostedDomain: string | undefined
  includeGrantedScopes: boolean
  responseMode: ResponseMode
}

export const responseModes = ['query', 'fragment', 'form_post'] as const
type ResponseMode = (typeof responseModes)[number]
