import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { withoutKnownSecrets } from '../failures/index.ts'

/**
 * Returns the id of a request in the log: that of its X-Request-Id, which load balancers set, otherwise a random one.
 * An id is logged and sent back, so anything that is not plainly one is replaced.
 */
export function requestIdOf({ 'x-request-id': sent }: IncomingHttpHeaders): string {
  return typeof sent === 'string' && /^[\w.:-]{1,64}$/.test(sent) && withoutKnownSecrets(sent) === sent
    ? sent
    : randomUUID()
}
