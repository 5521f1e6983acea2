import { monotonicMs } from '../core/monotonic-ms.ts'
import { pause } from './interruption.ts'

/** The number of retries and the pauses between them: truncated exponential backoff with jitter. */
export interface RetryPolicy {
  readonly mostAttempts: number
  /** No attempt begins later than this after the first one, or after the last progress. */
  readonly longestMs: number
  /** The pause before the first retry. It doubles with each retry, up to the longest. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** Each pause is multiplied by a random factor in this range, so that clients do not all return at the same time. */
  readonly jitter: { readonly least: number; readonly most: number }
  /** Returns how long to wait if the server asks for a pause (Retry-After). */
  readonly obey: (askedMs: number, pauseMs: number) => number
}

/** The reason why an attempt is worth a retry. */
export interface RetryReason {
  /** The pause that the server asks for; undefined if it asks for none. */
  readonly askedMs: number | undefined
  /** Retries even after the policy's last attempt, until its time is over. */
  readonly isOnlyLimitedByTime?: boolean
  /** Called before the wait. */
  readonly onWait?: (pauseMs: number) => void
}

/** The retries of one operation. */
export interface Retries {
  /** Starts counting again after progress. */
  progressed(): void
  /**
   * Waits before another attempt. Returns false immediately if the policy allows none.
   * @throws Failure `interrupted`
   */
  wait(reason: RetryReason): Promise<boolean>
}

/** Returns the {@link Retries} that a policy allows. The signal ends a pause. */
export function createRetries(policy: RetryPolicy, signal: AbortSignal): Retries {
  let attempts = 1
  let since = monotonicMs()
  return {
    progressed() {
      attempts = 1
      since = monotonicMs()
    },
    async wait({ askedMs, isOnlyLimitedByTime = false, onWait }) {
      const pauseMs = backoffMs(policy, attempts)
      const waitMs = askedMs === undefined ? pauseMs : policy.obey(askedMs, pauseMs)
      attempts++
      if (attempts > policy.mostAttempts && !isOnlyLimitedByTime) return false
      if (monotonicMs() + waitMs - since > policy.longestMs) return false
      onWait?.(waitMs)
      await pause(waitMs, signal)
      return true
    },
  }
}

function backoffMs({ firstPauseMs, longestPauseMs, jitter }: RetryPolicy, attempts: number): number {
  const factor = jitter.least + Math.random() * (jitter.most - jitter.least)
  return Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs) * factor
}
