import { Failure } from '../failures/index.ts'
import { type AuthorizationResponse, judgeAuthorizationResponse } from './authorization-response.ts'
import { unquoted } from './pasted-code.ts'

/** The request whose response the user pastes. */
interface AnsweredRequest {
  readonly redirectUri: string
  readonly state: string
  readonly issuer: string
}

const longestPaste = 64 * 1024

/**
 * Reads the authorization response from the URL that the browser ended on, as the user copied it; line breaks, spaces
 * and quotes are ignored. The URL must be complete, because a code without our state could be anyone's (RFC 6749
 * section 10.12), and it must match the request's redirect URI (RFC 8252 section 8.10).
 *
 * A thrown failure leaves the login open: another paste may be right. A returned `failure` ends it.
 * @throws Failure `redirect_url_needed`, `answer_of_another_login`
 */
export function parsePastedResponse(
  pasted: string,
  request: AnsweredRequest,
): AuthorizationResponse | { readonly failure: Failure } {
  const wrong = (found: string): Failure =>
    new Failure('redirect_url_needed', { found, redirectUri: request.redirectUri })
  if (pasted.length > longestPaste) throw wrong(`it has ${pasted.length} characters`)
  // URLs contain no white space; any here came from a terminal, a mail or a chat.
  const text = once(unquoted(pasted.replace(/\s+/g, '')))
  if (text === '') throw wrong('it is empty')
  const url = addressIn(text)
  if (url === undefined) throw wrong('it is not a URL, and a code without its state may belong to any login')

  const parameters = url.searchParams
  // The URL that we printed contains our state, too.
  if (parameters.has('code_challenge'))
    throw wrong(
      'it is the URL that gsa login --start printed; open it, log in, and copy the URL where the browser ends up',
    )
  const isAnswer = parameters.has('code') || parameters.has('error')
  const leadsTo = (address: URL): string => `${address.origin}${address.pathname}`
  const state = parameters.get('state')
  if (state !== null) {
    if (!isAnswer && request.state.startsWith(state)) throw wrong('it is truncated, and the code is missing')
    const verdict = judgeAuthorizationResponse(parameters, request)
    if ('ignored' in verdict) throw new Failure('answer_of_another_login', {})
    if (leadsTo(url) === leadsTo(new URL(request.redirectUri))) return verdict
    const problem = `it came to ${leadsTo(url)}, not to ${request.redirectUri}`
    return { failure: new Failure('authorization_response_invalid', { problem }) }
  }
  throw wrong(
    isAnswer
      ? 'it has no state, and without it the code may belong to any login'
      : `it is a URL of ${url.host}, and the browser has not reached the redirect URI yet`,
  )
}

/** Returns a text that was pasted twice in a row only once. */
function once(text: string): string {
  const half = text.slice(0, text.length / 2)
  return half !== '' && text === `${half}${half}` ? half : text
}

/** Returns the URL in a text. Browsers omit `http://` when only part of an address is copied. */
function addressIn(text: string): URL | undefined {
  const address = /^(?:127\.0\.0\.1|localhost)[:/]/i.test(text) ? `http://${text}` : text
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : undefined
}
