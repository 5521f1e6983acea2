import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { escapeHtml } from '../../core/escape-html.ts'
import { palette } from '../../pages/colors.ts'
import { jsonText } from './json-text.ts'

/** One request as an endpoint sees it. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The query string as sent, without the question mark. */
  readonly rawQuery: string
  readonly headers: IncomingHttpHeaders
  /** The address that the connection comes from. */
  readonly remoteAddress: string
  readonly body: Buffer
  /** The unread body of a streaming route; `body` is then empty. */
  readonly stream?: IncomingMessage
  /** The body as form fields (also from a JSON object, as at Google); empty for any other content. */
  readonly form: URLSearchParams
  /** The result of checking its DPoP proof, for the journal. Mutable: set by the token endpoint. */
  dpop?: string
  /** The sign-in that it belongs to. Mutable: set before the endpoint is called. */
  signIn?: string | undefined
}

/** One response. `whole` prevents chunking and compression: downloads announce their length. */
export interface Reply {
  readonly status: number
  /** The reason phrase, where it is not the one of RFC 9110. */
  readonly reason?: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** A list is sent piece by piece, so that a gigabyte is never concatenated. */
  readonly body: string | Buffer | readonly Buffer[]
  readonly whole?: boolean
  /** The members of the body or the redirect, for the picture of the flow. */
  readonly members?: object
}

/** Returns the body of a response in pieces. */
export function piecesOf({ body }: Reply): readonly Buffer[] {
  return typeof body === 'string' || Buffer.isBuffer(body) ? [Buffer.from(body)] : body
}

/** Thrown deep inside an endpoint to respond with `reply`. */
export class Refused extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`)
    this.reply = reply
  }
}

/** Google's headers against caching, used on every page and response that carries a token. */
export const noStore = {
  'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
  pragma: 'no-cache',
  expires: 'Mon, 01 Jan 1990 00:00:00 GMT',
}

/**
 * Returns headers with the caching that Drive sends with its own errors (evidence B8): private, expired at the date of
 * the response, which the server adds.
 */
export function expiringNow(headers: Reply['headers'], more = ''): Reply['headers'] {
  const { pragma: _pragma, expires: _expires, ...others } = headers
  return { ...others, 'cache-control': `private, max-age=0${more}` }
}

/** Headers that the API front end adds to every JSON response (evidence B3, recorded 2025). */
const apiHeaders = {
  'x-xss-protection': '0',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
}

/** Returns a response of the OAuth endpoints: indented by two, no trailing newline, never cached (B3). */
export function oauthReply(status: number, body: object): Reply {
  return {
    status,
    headers: {
      ...noStore,
      vary: ['X-Origin', 'Referer', 'Origin,Accept-Encoding'],
      'content-type': 'application/json; charset=utf-8',
      server: 'scaffolding on HTTPServer2',
      ...apiHeaders,
      ...(status >= 400 && { 'accept-ranges': 'none' }),
    },
    body: JSON.stringify(body, null, 2),
    members: body,
  }
}

/** Returns an OAuth error in Google's words (RFC 6749 section 5.2, evidence B3). */
export function oauthError(status: number, error: string, description: string): Reply {
  return oauthReply(status, { error, error_description: description })
}

/** Returns an OAuth error to throw. */
export function refusal(status: number, error: string, description: string): Refused {
  return new Refused(oauthError(status, error, description))
}

/** Returns a response of the APIs behind www.googleapis.com: indented by two, with a trailing newline (B8). */
export function apiReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: {
      ...noStore,
      vary: ['Origin', 'X-Origin'],
      'content-type': 'application/json; charset=UTF-8',
      server: 'ESF',
      ...apiHeaders,
      ...headers,
    },
    body: `${jsonText(body, 2)}\n`,
  }
}

/** Adds `Retry-After` to a response (RFC 9110 section 10.2.3). */
export function withRetryAfter(reply: Reply, seconds: number | undefined): Reply {
  if (seconds === undefined) return reply
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(seconds) } }
}

/** The text that every API sends for an invalid credential. */
export const whatIsExpected =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.'

/** The text that every API sends for a missing credential. */
export const missingCredential = `Request is missing required authentication credential. ${whatIsExpected}`

/** Returns a redirect with the headers of the sign-in pages (B2). */
export function redirectReply(target: string): Reply {
  // Headers may contain only printable ASCII; a redirect URI may contain more.
  const location = target.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character))
  return {
    status: 302,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      ...noStore,
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      location,
    },
    body: `<HTML>\n<HEAD>\n<TITLE>Moved Temporarily</TITLE>\n</HEAD>\n<BODY>\n<A HREF="${escapeHtml(location)}">here</A>.\n</BODY>\n</HTML>\n`,
  }
}

/**
 * The style of the error pages, where Google has one too. The banner is part of the style, because the text of the page
 * is compared with Google's.
 */
const frontEndStyle = `
    body{max-width:30rem;margin:0 auto;padding:1rem;background:${palette.light.page};color:${palette.light.text};font:15px/1.5 arial,sans-serif;overflow-wrap:anywhere}h1{margin:0 0 1em;font:inherit}ins{color:${palette.light.quiet};text-decoration:none}
    body::before{content:"Local Google emulator. Nothing here reaches Google.";display:block;margin:0 0 2rem;padding:.5rem 1rem;border-radius:8px;background:${palette.light.banner};color:${palette.light['banner-text']}}
    @media(prefers-color-scheme:dark){body{background:${palette.dark.page};color:${palette.dark.text}}ins{color:${palette.dark.quiet}}body::before{background:${palette.dark.banner};color:${palette.dark['banner-text']}}}
  `

/** Returns the HTML error page of Google's front end: `404.`, `405.`, `413.`, `500.`, `503.` */
export function frontEndError(status: number, title: string, sentence: string): Reply {
  const body = `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error ${status} (${escapeHtml(title)})!!1</title>
  <meta name=color-scheme content="light dark">
  <style>${frontEndStyle}</style>
  <main>
  <h1><b>${status}.</b> <ins>That’s an error.</ins></h1>
  <p>${sentence} <ins>That’s all we know.</ins></p>
  </main>
`
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', 'referrer-policy': 'no-referrer', ...apiHeaders },
    body,
  }
}

/** Returns Google's 404 page, for unknown paths and for known paths with the wrong method. */
export function notFoundPage(path: string): Reply {
  const shown = `<code>${escapeHtml(path.slice(0, 500))}</code>`
  return frontEndError(404, 'Not Found', `The requested URL ${shown} was not found on this server.`)
}

/** Returns the access token of an API request: from the header, the query or the form (RFC 6750 section 2). */
export function accessTokenOf(call: Call): string | undefined {
  return bearerToken(call) ?? queryToken(call) ?? tokenIn(call.form)
}

/** Returns the token in the query (RFC 6750 section 2.3); `oauth_token` is its older name. */
export function queryToken({ query }: Call): string | undefined {
  return tokenIn(query)
}

function tokenIn(parameters: URLSearchParams): string | undefined {
  return parameters.get('access_token') ?? parameters.get('oauth_token') ?? undefined
}

/** Returns the token in an `Authorization: Bearer` header (RFC 6750 section 2.1). */
export function bearerToken(call: Call): string | undefined {
  return /^bearer +(\S+) *$/i.exec(call.headers.authorization ?? '')?.[1]
}
