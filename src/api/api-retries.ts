import { Failure, isFailure } from '../failures/index.ts'
import { createRetries, type RetryPolicy } from '../http/retry.ts'

/** Decides for each failure whether to retry, and waits. One per operation. */
export interface ApiRetries {
  /** Starts counting again after progress. */
  progressed(): void
  /**
   * Waits before another attempt.
   * @throws the given error, if a retry would not help or the attempts are used up; Failure `interrupted`
   */
  waitOrThrow(error: unknown): Promise<void>
}

/** The options of {@link ApiRetries}, which describe the run. */
export interface ApiRetryOptions {
  readonly signal: AbortSignal
  /** Called before each wait, with the failure and the length of the wait. */
  readonly onWait?: ((failure: Failure, seconds: number) => void) | undefined
  /**
   * `safe`: the operation may be repeated. `refused`: only after a response that says it was not performed, such as a
   * rate limit (RFC 6585 section 4).
   */
  readonly repeat: 'safe' | 'refused'
  /** Whether the server has responded in this run: then a missing name or route may come back. */
  readonly isKnownServer: () => boolean
}

/** Backs off from one second (Drive guide, resolve errors). A server may extend a pause, but not shorten it. */
const apiPolicy: RetryPolicy = {
  mostAttempts: 5,
  // A hanging request also takes its time-out; limit the wait without any progress to this.
  longestMs: 180_000,
  firstPauseMs: 1000,
  longestPauseMs: 32_000,
  jitter: { least: 1, most: 1.25 },
  obey: Math.max,
}

/** Returns the retries for one API operation. */
export function createApiRetries({ signal, onWait, repeat, isKnownServer }: ApiRetryOptions): ApiRetries {
  const retries = createRetries(apiPolicy, signal)
  return {
    progressed: () => retries.progressed(),
    async waitOrThrow(error) {
      if (!(error instanceof Failure) || !isPassing(error, repeat, isKnownServer())) throw error
      const mayRetry = await retries.wait({
        askedMs: askedMs(error),
        // Rates are counted per minute, so a rate-limited client is accepted again later.
        isOnlyLimitedByTime: isFailure(error, 'rate_limited'),
        onWait: (pauseMs) => onWait?.(error, pauseMs / 1000),
      })
      if (!mayRetry) throw error
    },
  }
}

function isPassing(failure: Failure, repeat: ApiRetryOptions['repeat'], isKnownServer: boolean): boolean {
  if (isFailure(failure, 'rate_limited')) return true
  if (repeat === 'refused') return false
  if (isFailure(failure, 'server_failed') || isFailure(failure, 'timed_out')) return true
  if (!isFailure(failure, 'unreachable')) return false
  const { code = '' } = (failure.cause ?? {}) as NodeJS.ErrnoException
  return isKnownServer || ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code)
}

function askedMs(failure: Failure): number | undefined {
  if (!isFailure(failure, 'rate_limited') && !isFailure(failure, 'server_failed')) return undefined
  const { retryAfterSeconds } = failure.details
  return retryAfterSeconds == null ? undefined : retryAfterSeconds * 1000
}
