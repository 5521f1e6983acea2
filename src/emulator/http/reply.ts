import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { escapeHtml } from './html.ts'

/** One request as an endpoint sees it. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The query string as sent, without the question mark. */
  readonly rawQuery: string
  readonly headers: IncomingHttpHeaders
  /** Where the connection comes from. */
  readonly remoteAddress: string
  readonly body: Buffer
  /** The body of a route that streams, not read yet; `body` is empty then. */
  readonly stream?: IncomingMessage
  /** The body as form fields (a JSON object counts too, as at Google); empty for any other content. */
  readonly form: URLSearchParams
}

/** One answer. `whole` keeps it from being chunked and compressed: downloads say how long they are. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** A list is sent piece by piece: a gigabyte is never put together. */
  readonly body: string | Buffer | readonly Buffer[]
  readonly whole?: boolean
}

/** The body of an answer in pieces. */
export function piecesOf({ body }: Reply): readonly Buffer[] {
  return typeof body === 'string' || Buffer.isBuffer(body) ? [Buffer.from(body)] : body
}

/** Thrown deep inside an endpoint to answer with `reply`. */
export class Refused extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`)
    this.reply = reply
  }
}

/** Google's way to forbid caching, used on every page and answer that carries a token. */
export const noStore = {
  'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
  pragma: 'no-cache',
  expires: 'Mon, 01 Jan 1990 00:00:00 GMT',
}

/** What the API front end adds to every JSON answer (evidence B3, captured 2024). */
const apiHeaders = {
  'x-xss-protection': '0',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
}

/** An answer of the OAuth endpoints: indented by two, no newline at the end, never cached (B3). */
export function oauthReply(status: number, body: unknown): Reply {
  return {
    status,
    headers: {
      ...noStore,
      vary: ['X-Origin', 'Referer', 'Origin,Accept-Encoding'],
      'content-type': 'application/json; charset=utf-8',
      server: 'scaffolding on HTTPServer2',
      ...apiHeaders,
    },
    body: JSON.stringify(body, null, 2),
  }
}

/** An OAuth error in Google's words (RFC 6749 section 5.2, evidence B3). */
export function oauthError(status: number, error: string, description: string): Reply {
  return oauthReply(status, { error, error_description: description })
}

/** The same to be thrown. */
export function refusal(status: number, error: string, description: string): Refused {
  return new Refused(oauthError(status, error, description))
}

/** An answer of the APIs behind www.googleapis.com: indented by two, a newline at the end (B8). */
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
    body: `${JSON.stringify(body, null, 2)}\n`,
  }
}

/** The same answer, asking the client to come back in so many seconds (RFC 9110 section 10.2.3). */
export function withRetryAfter(reply: Reply, seconds: number | undefined): Reply {
  if (seconds === undefined) return reply
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(seconds) } }
}

/** What every API says of a credential it cannot use. */
export const whatIsExpected =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.'

/** What every API says to a request without a credential. */
export const missingCredential = `Request is missing required authentication credential. ${whatIsExpected}`

/** A redirect with the headers that the sign-in pages send (B2). */
export function redirectReply(target: string): Reply {
  // A header takes printable ASCII only; a redirect URI may hold more.
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

/** The HTML that Google's front end answers with when no service does: `404.`, `405.`, `413.`, `500.`, `503.` */
export function frontEndError(status: number, title: string, sentence: string): Reply {
  const body = `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error ${status} (${escapeHtml(title)})!!1</title>
  <p><b>${status}.</b> <ins>That’s an error.</ins>
  <p>${sentence} <ins>That’s all we know.</ins>
`
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', 'referrer-policy': 'no-referrer', ...apiHeaders },
    body,
  }
}

/** Google's 404 page: unknown paths, and known paths asked with the wrong method. */
export function notFoundPage(path: string): Reply {
  const shown = `<code>${escapeHtml(path.slice(0, 500))}</code>`
  return frontEndError(404, 'Not Found', `The requested URL ${shown} was not found on this server.`)
}

/** The token of an `Authorization: Bearer` header (RFC 6750 section 2.1). */
export function bearerToken(call: Call): string | undefined {
  return /^bearer +(\S+) *$/i.exec(call.headers.authorization ?? '')?.[1]
}
