import { monotonicMs } from '../core/monotonic-ms.ts'
import { pause } from '../http/interruption.ts'

/** The lengths of {@link growingWaits}. */
export interface Waits {
  readonly firstMs: number
  readonly longestMs: number
  /** The limit for all waits, together with the work between them. */
  readonly totalMs: number
}

const neverAborted = new AbortController().signal

/**
 * Returns a function that waits, twice as long each time. It returns false instead, without waiting, once the time is
 * up. The time starts with its first call.
 */
export function growingWaits(
  { firstMs, longestMs, totalMs }: Waits,
  signal: AbortSignal = neverAborted,
): () => Promise<boolean> {
  let waitMs = firstMs
  let spentMs = 0
  let waitedUntil: number | undefined
  return async () => {
    // The waits count as planned and only the work is measured, so that a slow machine tries as often as a fast one.
    if (waitedUntil !== undefined) spentMs += monotonicMs() - waitedUntil
    if (spentMs + waitMs > totalMs) return false
    await pause(waitMs, signal)
    spentMs += waitMs
    waitMs = Math.min(waitMs * 2, longestMs)
    waitedUntil = monotonicMs()
    return true
  }
}
