import { monotonicMs } from '../core/monotonic-ms.ts'
import { pause } from './interruption.ts'

/** How often something is retried, and after which pauses: truncated exponential backoff with jitter. */
export interface RetryPolicy {
  readonly mostAttempts: number
  /** No attempt begins later than this after the first one, or after the last progress. */
  readonly longestMs: number
  /** The pause before the first retry. It doubles with each one, up to the longest. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /**
   * A pause is multiplied by a random factor between these, so that clients that failed
   * together do not return together.
   */
  readonly jitter: { readonly least: number; readonly most: number }
  /** Returns how long to wait where the server asks for a pause (Retry-After). */
  readonly obey: (askedMs: number, pauseMs: number) => number
}

/** Why an attempt is worth a retry. */
export interface RetryReason {
  /** The pause that the server asks for; undefined where it asks for none. */
  readonly askedMs: number | undefined
  /** Retries even after the last attempt of the policy, until its time is over. */
  readonly isOnlyLimitedByTime?: boolean
  /** Told before the wait. */
  readonly onWait?: (pauseMs: number) => void
}

/** The retries of one thing that is to be done. */
export interface Retries {
  /** Starts counting again, because something came through. */
  progressed(): void
  /**
   * Waits before another attempt. Returns false, at once, where the policy allows none.
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
