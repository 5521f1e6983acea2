import { backendError } from '../answers/drive-errors.ts'
import { rateLimitExceeded } from '../answers/drive-usage-errors.ts'
import { frontEndError, noStore, oauthReply, type Reply, withRetryAfter } from '../http/reply.ts'
import { type FaultRow, isDrive, type Surface, surfaces } from './surface.ts'

/** A network fault: the client gets another response than the endpoint's, or none. */
export interface NetworkFault extends FaultRow {
  /** The response the client gets; the endpoint is not called. */
  readonly strike: ((surface: Surface, seconds: number | undefined) => Reply) | 'reset' | 'hang'
}

const withWait = 'with Retry-After if `seconds` is given'

/** Faults that any part can have, and that prevent the request from being carried out. */
export const networkFaults = {
  'http-429': { on: surfaces, does: `returns 429, ${withWait}`, strike: tooManyRequests },
  'http-500': { on: surfaces, does: 'returns 500', strike: serverError },
  'http-502': { on: surfaces, does: 'returns 502', strike: (surface) => gatewayError(surface, 502) },
  'http-503': { on: surfaces, does: `returns 503, ${withWait}`, strike: unavailable },
  'http-504': { on: surfaces, does: 'returns 504', strike: (surface) => gatewayError(surface, 504) },
  'retry-after': {
    on: surfaces,
    does: 'returns 503 with `Retry-After: seconds` (default 1)',
    strike: (surface, seconds) => unavailable(surface, seconds ?? 1),
  },
  'html-error': {
    on: surfaces,
    does: 'returns 200 with the HTML sign-in page of a captive portal',
    strike: captivePortal,
  },
  'html-502': { on: surfaces, does: 'returns 502 with an HTML page from a proxy', strike: proxyError },
  reset: { on: surfaces, does: 'resets the connection', strike: 'reset' },
  hang: { on: surfaces, does: 'never responds', strike: 'hang' },
} as const satisfies Record<string, NetworkFault>

function tooManyRequests(surface: Surface, seconds: number | undefined): Reply {
  return withRetryAfter(tooMany(surface), seconds)
}

function tooMany(surface: Surface): Reply {
  if (isDrive(surface)) return rateLimitExceeded(429).reply
  if (isOAuth(surface))
    return oauthReply(429, { error: 'rate_limit_exceeded', error_description: 'Rate Limit Exceeded' })
  return frontEndError(429, 'Too Many Requests', 'We’re sorry, but you have sent too many requests to us recently.')
}

function serverError(surface: Surface): Reply {
  if (isDrive(surface)) return backendError(500).reply
  if (isOAuth(surface)) return oauthReply(500, { error: 'internal_failure', error_description: 'Backend Error' })
  const sentence =
    'The server encountered an error and could not complete your request. If the problem persists, please report your problem and mention this error message and the query that caused it.'
  return frontEndError(500, 'Server Error', sentence)
}

function unavailable(surface: Surface, seconds?: number): Reply {
  const sentence = 'The service you requested is not available at this time. Service error -27.'
  const reply = isDrive(surface) ? backendError(503).reply : frontEndError(503, 'Service Unavailable', sentence)
  return withRetryAfter(reply, seconds)
}

function gatewayError(surface: Surface, status: 502 | 504): Reply {
  if (isDrive(surface)) return backendError(status).reply
  const sentence =
    'The server encountered a temporary error and could not complete your request. Please try again in 30 seconds.'
  return frontEndError(status, 'Server Error', sentence)
}

function captivePortal(): Reply {
  return htmlPage(200, 'Welcome to the guest network', 'Accept the terms of use to go online.')
}

function proxyError(): Reply {
  return htmlPage(502, '502 Bad Gateway', 'The proxy server received an invalid response from an upstream server.')
}

function htmlPage(status: number, title: string, sentence: string): Reply {
  const body = `<html>\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${sentence}</p></body>\n</html>\n`
  return { status, headers: { 'content-type': 'text/html', ...noStore }, body }
}

function isOAuth(surface: Surface): boolean {
  return surface === 'token' || surface === 'revoke' || surface === 'device'
}
