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
const longestWaitMs = 2_000

/**
 * Returns a function that answers a health probe. It asks the store at most once a second, and waits for it two seconds
 * at most.
 *
 * A load balancer sends its own Host, often an address, and no token. So any Host may ask, also a page that rebound its
 * name to this machine (DNS rebinding): the response says only whether this port accepts codes, the probe changes
 * nothing, and no page of another origin can read more, because the other path keeps all its checks.
 */
export function healthCheck(options: HealthOptions): (method: string) => Promise<Answer> {
  const storeState = storeCheck(options)
  return async (method) => {
    if (method !== 'GET' && method !== 'HEAD')
      return { status: 405, headers: { allow: 'GET, HEAD' }, body: { status: 'method_not_allowed' } }
    if (options.isStopping()) return unavailable({ status: 'stopping' })
    const state = await storeState()
    if (state === 'waiting') return unavailable({ status: 'store_unavailable' })
    if (state !== undefined) return unavailable({ status: 'store_unavailable', code: state.code })
    return { status: 200, headers: {}, body: { status: 'ok' } }
  }
}

function unavailable(body: Answer['body']): Answer {
  return { status: 503, headers: {}, body }
}

/**
 * Returns a function that tells the state of the store: undefined if it can be used, the failure if not, and `waiting`
 * if that is not known in time, because a database gets half a minute to return, and balancers do not wait so long.
 */
function storeCheck({ isStoreUsable, onStoreTrouble }: HealthOptions): () => Promise<Failure | 'waiting' | undefined> {
  let known: Failure | undefined
  let validUntil = Number.NEGATIVE_INFINITY
  // While a check runs, all probes share it.
  let running: Promise<unknown> | undefined
  const check = async (): Promise<void> => {
    try {
      await isStoreUsable()
      known = undefined
    } catch (error) {
      known = error instanceof Failure ? error : new Failure('bug', { problem: String(error) }, { cause: error })
      onStoreTrouble(known)
    }
    validUntil = monotonicMs() + cachedMs
  }
  return async () => {
    if (running === undefined && monotonicMs() > validUntil) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, longestWaitMs)
      })
      const checked = check().finally(() => {
        clearTimeout(timer)
        running = undefined
      })
      running = Promise.race([checked, late])
    }
    await running
    return running === undefined ? known : 'waiting'
  }
}
