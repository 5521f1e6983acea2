import { Failure } from '../failures/index.ts'
import { type AuthorizationResponse, judgeAuthorizationResponse } from './authorization-response.ts'
import { unquoted } from './pasted-code.ts'

/** The request whose answer somebody pastes. */
interface AnsweredRequest {
  readonly redirectUri: string
  readonly state: string
  readonly issuer: string
}

const longestPaste = 64 * 1024

/**
 * The authorization response in the address that a browser ended on, as somebody copied it: line breaks, spaces and
 * quotes do not count. The address must be whole, because a code without our state may be anybody's (RFC 6749 section
 * 10.12), and it must lead to the redirect URI of the request (RFC 8252 section 8.10).
 *
 * What throws leaves the login open: another paste may be right. A `failure` that is returned ends it.
 * @throws Failure `redirect_url_needed`, `answer_of_another_login`
 */
export function parsePastedResponse(
  pasted: string,
  request: AnsweredRequest,
): AuthorizationResponse | { readonly failure: Failure } {
  const wrong = (found: string): Failure =>
    new Failure('redirect_url_needed', { found, redirectUri: request.redirectUri })
  if (pasted.length > longestPaste) throw wrong(`it has ${pasted.length} characters`)
  // A URL has no white space of its own; what there is came from a terminal, a mail or a chat.
  const text = unquoted(pasted.replace(/\s+/g, ''))
  if (text === '') throw wrong('it is empty')
  const url = addressIn(text)
  if (url === undefined) throw wrong('it is no address, and a code without the state beside it may be of any login')

  const parameters = url.searchParams
  // Our own address has our state in it, too.
  if (parameters.has('code_challenge'))
    throw wrong(
      'it is the address that gsa login --start printed; open that one, log in, and copy the one that follows',
    )
  const isAnswer = parameters.has('code') || parameters.has('error')
  const leadsTo = (address: URL): string => `${address.origin}${address.pathname}`
  const state = parameters.get('state')
  if (state !== null) {
    if (!isAnswer && request.state.startsWith(state)) throw wrong('its end is missing, and with it the code')
    const verdict = judgeAuthorizationResponse(parameters, request)
    if ('ignored' in verdict) throw new Failure('answer_of_another_login', {})
    if (leadsTo(url) === leadsTo(new URL(request.redirectUri))) return verdict
    const problem = `it came to ${leadsTo(url)}, not to ${request.redirectUri}`
    return { failure: new Failure('authorization_response_invalid', { problem }) }
  }
  throw wrong(
    isAnswer
      ? 'it has no state, and without that the code may be of any login'
      : `it is an address of ${url.host}, and the browser has further to go`,
  )
}

/** The URL that a text is. Browsers leave `http://` out when a part of the address is copied. */
function addressIn(text: string): URL | undefined {
  const address = /^(?:127\.0\.0\.1|localhost)[:/]/i.test(text) ? `http://${text}` : text
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : undefined
}
