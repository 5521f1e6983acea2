import { vi } from 'vitest'

const toFake = ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const
const tickMs = 50

/**
 * Runs something while time passes some fifty times as fast: the clock and the timers of everything started in it,
 * `gsa` and its emulator alike. A wait of half a minute takes less than a second, and every process sees that half a
 * minute has passed. Time moves a little with each turn of the event loop, so that a slow machine does not see more of
 * it pass than a fast one.
 */
export async function inFastTime<T>(work: () => Promise<T>): Promise<T> {
  // Started before the others are replaced, and stopped after they are back.
  const ticking = setInterval(() => {
    // A test that timed out leaves its work running, without the stopped clock.
    if (vi.isFakeTimers()) vi.advanceTimersByTime(tickMs)
    else clearInterval(ticking)
  }, 1)
  vi.useFakeTimers({ toFake: [...toFake] })
  try {
    return await work()
  } finally {
    vi.useRealTimers()
    clearInterval(ticking)
  }
}

/** Runs something while the clock is stopped, then advances it by an hour: no machine is too slow for that. */
export async function inStillTime<T>(work: (anHourPasses: () => void) => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: [...toFake] })
  try {
    return await work(() => vi.advanceTimersByTime(3_600_000))
  } finally {
    vi.useRealTimers()
  }
}
