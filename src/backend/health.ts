import { monotonicMs } from '../core/monotonic-ms.ts'
import { Failure } from '../failures/index.ts'
import type { Answer } from './answer.ts'

/** The path that load balancers probe. */
export const healthPath = '/healthz'

/** The options of {@link healthCheck}. */
export interface HealthOptions {
  /** Whether it is about to stop. */
  readonly isStopping: () => boolean
  /** Rejects with a failure if the store cannot be used. */
  readonly isStoreUsable: () => Promise<void>
  /** Called with the failure of each check of the store. */
  readonly onStoreTrouble: (failure: Failure) => void
}

const cachedMs = 1_000

/**
 * Returns a function that answers a health probe. It asks the store at most once a second.
 *
 * A load balancer sends its own Host, often an address, and no token. So any Host may ask, also a page that rebound its
 * name to this machine (DNS rebinding): the response says only whether this port accepts codes, the probe changes
 * nothing, and no page of another origin can read more, because the other path keeps all its checks.
 */
export function healthCheck(options: HealthOptions): (method: string) => Promise<Answer> {
  const storeFailure = cachedStoreFailure(options)
  return async (method) => {
    if (method !== 'GET' && method !== 'HEAD')
      return { status: 405, headers: { allow: 'GET, HEAD' }, body: { status: 'method_not_allowed' } }
    if (options.isStopping()) return unavailable({ status: 'stopping' })
    const failure = await storeFailure()
    if (failure !== undefined) return unavailable({ status: 'store_unavailable', code: failure.code })
    return { status: 200, headers: {}, body: { status: 'ok' } }
  }
}

function unavailable(body: Answer['body']): Answer {
  return { status: 503, headers: {}, body }
}

function cachedStoreFailure({ isStoreUsable, onStoreTrouble }: HealthOptions): () => Promise<Failure | undefined> {
  let last: Promise<Failure | undefined> | undefined
  // While a check runs, all probes share it.
  let validUntil = Number.POSITIVE_INFINITY
  const check = async (): Promise<Failure | undefined> => {
    try {
      await isStoreUsable()
      return undefined
    } catch (error) {
      const failure =
        error instanceof Failure ? error : new Failure('bug', { problem: String(error) }, { cause: error })
      onStoreTrouble(failure)
      return failure
    }
  }
  return async () => {
    if (last === undefined || monotonicMs() > validUntil) {
      validUntil = Number.POSITIVE_INFINITY
      last = check().finally(() => {
        validUntil = monotonicMs() + cachedMs
      })
    }
    return last
  }
}
