import { withCrossOrigin } from '../http/cross-origin.ts'
import { jsonText } from '../http/json-text.ts'
import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'

/**
 * Returns a Drive response as it is sent: compact with `prettyPrint=false` unless it is an error, and dated where it
 * expires immediately.
 */
export function finishReply(google: LocalGoogle, call: Call, reply: Reply): Reply {
  const { headers, body } = reply
  const isCompact = call.query.size > 0 && /^(?:false|0)$/.test(call.query.get('prettyPrint') ?? '')
  const isJson = reply.status < 400 && String(headers['content-type']).startsWith('application/json')
  const compacts = isCompact && isJson && typeof body === 'string'
  const printed = compacts ? { ...reply, body: jsonText(JSON.parse(body), 0) } : reply
  if (headers['expires'] !== undefined || !String(headers['cache-control']).startsWith('private')) return printed
  const date = new Date(google.clock.shown()).toUTCString()
  return { ...printed, headers: { ...headers, date, expires: date } }
}

/** Returns the same response for a page of any origin, which may read it. */
export function finishReplyForPage(google: LocalGoogle, call: Call, reply: Reply): Reply {
  const finished = finishReply(google, call, reply)
  // Google's front end, which sends the HTML pages, knows nothing of origins.
  const isPage = reply.status >= 400 && String(reply.headers['content-type']).startsWith('text/html')
  return isPage ? finished : withCrossOrigin(finished, call.headers.origin)
}
