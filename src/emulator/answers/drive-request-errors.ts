import type { Refused } from '../http/reply.ts'
import { driveError } from './drive-errors.ts'

/** Returns the error for a `key` that is not an API key. */
export function invalidKey(): Refused {
  return driveError({
    status: 400,
    message: 'API key not valid. Please pass a valid API key.',
    item: { reason: 'badRequest' },
    canonical: {
      status: 'INVALID_ARGUMENT',
      reason: 'API_KEY_INVALID',
      metadata: { service: 'drive.googleapis.com' },
    },
  })
}
