import { monotonicMs } from '../core/monotonic-ms.ts'
import { Failure, isFailure } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'

/** Decides, failure by failure, whether to try again, and waits. One for each thing that is to be done. */
export interface RetryPolicy {
  /** Something came through: counting begins anew. */
  progressed(): void
  /** Waits before another attempt. @throws what it was given, where another attempt would not help or enough were made; Failure `interrupted` */
  waitOrThrow(error: unknown): Promise<void>
}

/** What a {@link RetryPolicy} needs to know of the run. */
export interface RetryOptions {
  readonly signal: AbortSignal
  /** Told before each wait: what happened, and how long it will be. */
  readonly onWait?: ((failure: Failure, seconds: number) => void) | undefined
  /**
   * `safe`: what is done may be done twice. `refused`: only after an answer that says it was not done, which is what a rate
   * limit is (RFC 6585 section 4).
   */
  readonly repeat: 'safe' | 'refused'
  /** Whether the server was heard of in this run: then a name or a route that is gone may come back. */
  readonly isKnownServer: () => boolean
}

const mostAttempts = 5
// A request that hangs takes its time-out as well; nobody should wait for longer than this without anything coming through.
const longestMs = 180_000
const firstDelayMs = 1000
const longestDelayMs = 32_000

/** Truncated exponential backoff with jitter from one second on (Drive guide, resolve errors); a Retry-After is obeyed. */
export function createRetryPolicy({ signal, onWait, repeat, isKnownServer }: RetryOptions): RetryPolicy {
  let attempts = 1
  let since = monotonicMs()
  return {
    progressed() {
      attempts = 1
      since = monotonicMs()
    },
    async waitOrThrow(error) {
      if (!(error instanceof Failure) || !isPassing(error, repeat, isKnownServer())) throw error
      const wantedMs = (waitSecondsOf(error) ?? 0) * 1000
      const backoffMs = Math.min(firstDelayMs * 2 ** (attempts - 1), longestDelayMs) * (1 + Math.random() / 4)
      const delayMs = Math.max(wantedMs, backoffMs)
      attempts++
      // Rates are counted by the minute: who has been turned away for one is let in again.
      if (attempts > mostAttempts && !isFailure(error, 'rate_limited')) throw error
      if (monotonicMs() + delayMs - since > longestMs) throw error
      onWait?.(error, delayMs / 1000)
      await pause(delayMs, signal)
    },
  }
}

function isPassing(failure: Failure, repeat: RetryOptions['repeat'], isKnownServer: boolean): boolean {
  if (isFailure(failure, 'rate_limited')) return true
  if (repeat === 'refused') return false
  if (isFailure(failure, 'server_failed') || isFailure(failure, 'timed_out')) return true
  if (!isFailure(failure, 'unreachable')) return false
  const { code = '' } = (failure.cause ?? {}) as NodeJS.ErrnoException
  return isKnownServer || ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code)
}

function waitSecondsOf(failure: Failure): number | null | undefined {
  return isFailure(failure, 'rate_limited') || isFailure(failure, 'server_failed')
    ? failure.details.retryAfterSeconds
    : undefined
}
