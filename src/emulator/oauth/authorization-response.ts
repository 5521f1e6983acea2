import { authorizationResponseFaults, type Parameter, redirectFaults } from '../faults/authorization-faults.ts'
import { redirectReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { formPostPage } from '../pages/form-post-page.ts'
import { relayPage } from '../pages/relay-page.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import { signInScopes } from '../records/scopes.ts'

/**
 * Returns the authorization response (RFC 6749 section 4.1.2) in Google's encoding: a redirect, a form, or the last
 * page of a sign-in window.
 */
export function answerApp(google: LocalGoogle, request: AuthorizationRequest, parameters: readonly Parameter[]): Reply {
  const sent = google.faults.change('authorize', authorizationResponseFaults, parameters)
  const { redirectUri, relay } = request
  const members = Object.fromEntries(sent)
  if (relay !== undefined) {
    const window = google.windows.open(relay)
    window.answer = answerOf(sent)
    return { ...relayPage(relay, window.answer, request.isCard), members }
  }
  if (request.responseMode === 'form_post') return { ...formPostPage(redirectUri, sent), members }
  const encode = hasFormEncoding(request) ? encodeAsForm : encodeLoosely
  const encoded = sent.map(([name, value]) => `${name}=${encode(value)}`).join('&')
  const answer = google.faults.change('authorize', redirectFaults, encoded)
  const joint = request.responseMode === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return { ...redirectReply(redirectUri + joint + answer), members }
}

/** Returns a response as the library passes it to the page: `iss` is for redirects, and `expires_in` is a number. */
function answerOf(parameters: readonly Parameter[]): Readonly<Record<string, unknown>> {
  const answer = Object.fromEntries(parameters.filter(([name]) => name !== 'iss'))
  return 'expires_in' in answer ? { ...answer, expires_in: Number(answer['expires_in']) } : answer
}

/** Returns whether the response is form-encoded, as it is for a web app that only signs the user in (evidence B2). */
function hasFormEncoding({ client, scopes }: AuthorizationRequest): boolean {
  return client.type === 'web' && scopes.every((scope) => signInScopes.has(scope))
}

function encodeAsForm(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+')
}

/** Leaves slash and colon literal, and writes a space as %20. */
function encodeLoosely(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':')
}
