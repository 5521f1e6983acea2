import { capitalized } from './header-name.ts'
import type { Reply } from './reply.ts'

/** Response headers that Google always exposes, in addition to those of the response itself. */
const alwaysExposed = [
  'Content-Length',
  'Date',
  'Server',
  'Transfer-Encoding',
  'X-GUploader-UploadID',
  'X-Google-Trace',
]

/** Response headers that are not exposed: browsers show some of them anyway, and the others are not for pages. */
const notExposed =
  /^(?:access-control-|alt-svc$|content-encoding$|content-security-policy|x-(?:content-type|frame|xss)-)/i

/** Names whose capitals differ from the first letter of each word. */
const spellings: Readonly<Record<string, string>> = {
  'x-guploader-uploadid': 'X-GUploader-UploadID',
  'x-goog-upload-url': 'X-Goog-Upload-URL',
  'x-goog-upload-control-url': 'X-Goog-Upload-Control-URL',
}

/**
 * Returns a response with the headers of the CORS protocol (Fetch standard) for a page of `origin`; without an origin,
 * it is unchanged. googleapis.com allows every origin and exposes every header of the response.
 */
export function withCrossOrigin(reply: Reply, origin: string | undefined): Reply {
  if (!origin) return reply
  const own = Object.keys(reply.headers).filter((name) => !notExposed.test(name))
  const exposed = [...new Set([...alwaysExposed, ...own.map(spelling)])].toSorted()
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': exposed.join(', '),
      vary: ['Origin', 'X-Origin'],
    },
  }
}

/**
 * Returns a response of the OAuth endpoints with their headers for a page of `origin`: it may read the response, but
 * not send its cookies. Google repeats the names in this list (evidence B3).
 */
export function withOrigin(reply: Reply, origin: string | undefined): Reply {
  if (!origin) return reply
  const exposed = 'date,vary,vary,vary,content-encoding,server,content-length'
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': exposed,
    },
  }
}

/** Returns the response to a preflight request: every origin, method and header is allowed, for an hour. */
export function preflightReply(
  origin: string | undefined,
  requestedHeaders: string | readonly string[] | undefined,
): Reply {
  return {
    status: 200,
    headers: {
      ...(origin && { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }),
      'access-control-allow-methods': 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT',
      ...(requestedHeaders !== undefined && { 'access-control-allow-headers': String(requestedHeaders) }),
      'access-control-max-age': '3600',
      vary: ['Origin', 'X-Origin'],
      'content-type': 'text/plain; charset=utf-8',
    },
    body: '',
    whole: true,
  }
}

function spelling(name: string): string {
  return spellings[name] ?? capitalized(name)
}
