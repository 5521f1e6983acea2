import { unusableClient } from '../answers/admission.ts'
import type { AuthorizationError } from '../answers/authorization-error.ts'
import { redirectUriError } from '../answers/redirect-uri-error.ts'
import { type AuthorizationRequest, responseModes, responseTypes } from '../records/authorization-request.ts'
import type { EmulatorClient } from '../records/built-in.ts'
import { canonicalScopes, isKnownScope } from '../records/scopes.ts'
import type { State } from '../records/state.ts'
import { storageRelayOf } from '../records/storage-relay.ts'

type CheckedRequest =
  | { readonly request: AuthorizationRequest; readonly error?: never }
  | { readonly request?: never; readonly error: AuthorizationError }

const single = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'access_type',
  'prompt',
  'login_hint',
  'hd',
  'include_granted_scopes',
  'response_mode',
]

/** Checks an authorization request in Google's order as far as it is known: form, client, redirect URI, the rest. */
export function checkAuthorizationRequest(state: State, parameters: URLSearchParams): CheckedRequest {
  for (const name of single) {
    if (parameters.getAll(name).length > 1) return refuse(`OAuth 2 parameters can only have a single value: ${name}`)
  }
  const valueOf = (name: string): string | undefined => parameters.get(name) || undefined
  const responseType = valueOf('response_type')
  if (!responseType) return refuse('Required parameter is missing: response_type')
  const clientId = valueOf('client_id')
  if (!clientId) return refuse('Missing required parameter: client_id')
  const client = state.clients.get(clientId)
  if (client === undefined)
    return { error: { code: 'invalid_client', status: 401, description: 'The OAuth client was not found.' } }
  const unusable = unusableClient(client)
  if (unusable !== undefined) return { error: unusable }
  const redirectUri = valueOf('redirect_uri')
  if (!redirectUri) return refuse('Missing required parameter: redirect_uri')
  const uriError = redirectUriError(client, redirectUri)
  if (uriError !== undefined) return { error: uriError }
  if (!isSupported(responseType, parameters)) return refuse(`Invalid response_type: ${responseType}`)

  const requestedScopes = (valueOf('scope') ?? '').split(' ').filter((scope) => scope !== '')
  const details = scopeError(requestedScopes) ?? challengeError(valueOf) ?? choiceError(valueOf)
  if (details !== undefined) return { error: details }
  return { request: readRequest(parameters, client, redirectUri, requestedScopes) }
}

/**
 * Returns whether a response type is supported: `code`, and for Google's library an access token for a page, or an ID
 * token for a page or by POST.
 */
function isSupported(responseType: string, parameters: URLSearchParams): boolean {
  if (responseType === 'code') return true
  if (!parameters.has('gsiwebsdk')) return false
  const forPage = storageRelayOf(parameters.get('redirect_uri') ?? '') !== undefined
  if (responseType === 'token') return forPage
  return responseType === 'id_token' && (forPage || parameters.get('response_mode') === 'form_post')
}

function readRequest(
  parameters: URLSearchParams,
  client: EmulatorClient,
  redirectUri: string,
  requestedScopes: readonly string[],
): AuthorizationRequest {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method') === 'S256' ? 'S256' : 'plain'
  const relay = storageRelayOf(redirectUri)
  return {
    client,
    redirectUri,
    requestedScopes,
    scopes: canonicalScopes(requestedScopes),
    state: parameters.get('state') ?? undefined,
    nonce: parameters.get('nonce') || undefined,
    challenge: challenge ? { method, value: challenge } : undefined,
    // Installed apps get a refresh token whatever they request, and no incremental authorization (evidence B2).
    accessType: client.type !== 'web' || parameters.get('access_type') === 'offline' ? 'offline' : 'online',
    prompt: promptsOf(parameters.get('prompt')),
    loginHint: parameters.get('login_hint') || undefined,
    hostedDomain: parameters.get('hd') || undefined,
    includeGrantedScopes: client.type === 'web' && parameters.get('include_granted_scopes') === 'true',
    responseMode: responseModes.find((mode) => mode === parameters.get('response_mode')) ?? 'query',
    responseType: responseTypes.find((type) => type === parameters.get('response_type')) ?? 'code',
    relay,
    isCard: relay !== undefined && parameters.get('ui_mode') === 'card',
    csrfToken: parameters.get('g_csrf_token') ?? undefined,
  }
}

function refuse(description: string): { readonly error: AuthorizationError } {
  return { error: { code: 'invalid_request', status: 400, description } }
}

function promptsOf(text: string | null): ReadonlySet<string> {
  return new Set((text ?? '').split(' ').filter((prompt) => prompt !== ''))
}

function scopeError(scopes: readonly string[]): AuthorizationError | undefined {
  if (scopes.length === 0) return refuse('Missing required parameter: scope').error
  const unknown = scopes.filter((scope) => !isKnownScope(scope))
  if (unknown.length === 0) return undefined
  const known = scopes.filter((scope) => isKnownScope(scope))
  const valid = known.length > 0 ? `valid=[${known.join(', ')}], ` : ''
  const description = `Some requested scopes were invalid. {${valid}invalid=[${unknown.join(', ')}]}`
  return { code: 'invalid_scope', status: 400, description }
}

/** Checks the PKCE parameters (RFC 7636 section 4.3). Without a method, the challenge is plain. */
function challengeError(valueOf: (name: string) => string | undefined): AuthorizationError | undefined {
  const challenge = valueOf('code_challenge')
  const method = valueOf('code_challenge_method')
  if (method && method !== 'S256' && method !== 'plain') {
    const problem = `'${method}' is not a valid CodeChallengeMethod`
    return refuse(`Invalid parameter value for code_challenge_method: ${problem}`).error
  }
  if (!challenge) return method ? refuse('Missing required parameter: code_challenge').error : undefined
  const wellFormed = method === 'S256' ? /^[A-Za-z0-9_-]{43}$/ : /^[A-Za-z0-9._~-]{43,128}$/
  return wellFormed.test(challenge) ? undefined : refuse('Invalid parameter value for code_challenge').error
}

function choiceError(valueOf: (name: string) => string | undefined): AuthorizationError | undefined {
  const accessType = valueOf('access_type')
  if (accessType && accessType !== 'online' && accessType !== 'offline')
    return refuse(`Invalid access_type: ${accessType}`).error
  const responseMode = valueOf('response_mode')
  if (responseMode && !responseModes.some((mode) => mode === responseMode))
    return refuse(`Invalid response_mode: ${responseMode}`).error
  const prompts = promptsOf(valueOf('prompt') ?? null)
  const unknown = [...prompts].find((prompt) => !['none', 'consent', 'select_account'].includes(prompt))
  if (unknown) return refuse(`Invalid parameter value for prompt: Invalid prompt: ${unknown}`).error
  if (prompts.has('none') && prompts.size > 1)
    return refuse('Invalid parameter value for prompt: none cannot be combined with other values').error
  return undefined
}
