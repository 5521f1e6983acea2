import { monotonicMs } from './monotonic-ms.ts'

/** Returns a function that resolves at most so many times a second, evenly, in the order of its calls. */
export function pace(perSecond: number): () => Promise<void> {
  const everyMs = 1000 / perSecond
  let nextMs = 0
  return async () => {
    const nowMs = monotonicMs()
    const mineMs = Math.max(nextMs, nowMs)
    nextMs = mineMs + everyMs
    if (mineMs > nowMs) await new Promise((resolve) => setTimeout(resolve, mineMs - nowMs))
  }
}
