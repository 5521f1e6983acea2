import { backendError } from '../drive/errors.ts'
import { frontEndError, oauthReply } from '../reply.ts'
import type { Reply } from '../reply.ts'
import { surfaces } from './surface.ts'
import type { FaultRow, Surface } from './surface.ts'

/** A fault of the way between client and endpoint: another answer instead of the endpoint's, or none. */
export interface NetworkFault extends FaultRow {
  /** What the client gets; the endpoint is not asked. */
  strike: ((surface: Surface) => Reply) | 'reset' | 'hang'
}

/** Faults that any part can have. */
export const networkFaults = {
  'http-500': { on: surfaces, does: 'answers 500', strike: serverError },
  'http-503': { on: surfaces, does: 'answers 503', strike: unavailable },
  reset: { on: surfaces, does: 'resets the connection', strike: 'reset' },
  hang: { on: surfaces, does: 'never answers', strike: 'hang' },
} as const satisfies Record<string, NetworkFault>

function serverError(surface: Surface): Reply {
  if (isDrive(surface)) return backendError(500).reply
  if (surface === 'token' || surface === 'device' || surface === 'revoke') {
    return oauthReply(500, { error: 'internal_failure', error_description: 'Backend Error' })
  }
  const sentence =
    'The server encountered an error and could not complete your request. If the problem persists, please report your problem and mention this error message and the query that caused it.'
  return frontEndError(500, 'Server Error', sentence)
}

function unavailable(surface: Surface): Reply {
  if (isDrive(surface)) return backendError(503).reply
  const sentence = 'The service you requested is not available at this time. Service error -27.'
  return frontEndError(503, 'Service Unavailable', sentence)
}

function isDrive(surface: Surface): boolean {
  return surface === 'drive' || surface === 'upload'
}
