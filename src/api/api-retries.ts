import { Failure, isFailure } from '../failures/index.ts'
import { createRetries, type RetryPolicy } from '../http/retry.ts'

/** Decides, failure by failure, whether to try again, and waits. One for each thing that is to be done. */
export interface ApiRetries {
  /** Starts counting again, because something came through. */
  progressed(): void
  /**
   * Waits before another attempt.
   * @throws what it was given, where another attempt would not help or enough were made; Failure `interrupted`
   */
  waitOrThrow(error: unknown): Promise<void>
}

/** What {@link ApiRetries} need to know of the run. */
export interface ApiRetryOptions {
  readonly signal: AbortSignal
  /** Told before each wait: what happened, and how long it will be. */
  readonly onWait?: ((failure: Failure, seconds: number) => void) | undefined
  /**
   * `safe`: what is done may be done twice. `refused`: only after an answer that says it was not done, which is what a
   * rate limit is (RFC 6585 section 4).
   */
  readonly repeat: 'safe' | 'refused'
  /** Whether the server was heard of in this run: then a name or a route that is gone may come back. */
  readonly isKnownServer: () => boolean
}

/**
 * Backoff from one second on (Drive guide, resolve errors). A server may ask for a longer pause, not for a shorter one.
 */
const apiPolicy: RetryPolicy = {
  mostAttempts: 5,
  // A request that hangs takes its time-out as well; nobody should wait for longer than this
  // without anything coming through.
  longestMs: 180_000,
  firstPauseMs: 1000,
  longestPauseMs: 32_000,
  jitter: { least: 1, most: 1.25 },
  obey: Math.max,
}

/** Returns the retries of something that is done with an API. */
export function createApiRetries({ signal, onWait, repeat, isKnownServer }: ApiRetryOptions): ApiRetries {
  const retries = createRetries(apiPolicy, signal)
  return {
    progressed: () => retries.progressed(),
    async waitOrThrow(error) {
      if (!(error instanceof Failure) || !isPassing(error, repeat, isKnownServer())) throw error
      const mayRetry = await retries.wait({
        askedMs: askedMs(error),
        // Rates are counted by the minute: a client that is turned away for one is let in again.
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
