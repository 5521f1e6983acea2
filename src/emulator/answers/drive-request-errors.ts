import type { Refused } from '../http/reply.ts'
import { badRequest, driveError } from './drive-errors.ts'

/** Returns the error for a batch without a boundary or without calls. */
export function batchUnreadable(size: number): Refused {
  return badRequest(`Failed to parse batch request, error:  0 items. Received batch body: (${size}) bytes redacted`)
}

/** Returns the error for each call of a batch beyond the hundredth. */
export function tooManyInBatch(): Refused {
  const message = 'Exceeds allowed inner batch requests soft limit. Please retry.'
  return driveError({ status: 403, message, item: { reason: 'forbidden' } })
}

/** Returns the error for a download in a batch. */
export function mediaInBatch(): Refused {
  return badRequest('Invalid request')
}

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
