/** How a run is interrupted, and what must come to its end first. */
export interface Interruption {
  /** Aborted when the run is interrupted, and nothing is under way that must come to its end. */
  readonly signal: AbortSignal
  /** Interrupts the run, at once or when what is deferred is over. */
  interrupt(): void
  /**
   * Does something that must not be left half done, such as sending a code and keeping what comes back: an interruption
   * waits until it is over. Everything in it has a time-out of its own.
   */
  readonly defer: Defer
}

/** Does something that an interruption waits for. */
export type Defer = <T>(work: () => Promise<T>) => Promise<T>

/** Makes the {@link Interruption} of a run. */
export function createInterruption(): Interruption {
  const controller = new AbortController()
  let depth = 0
  let wanted = false
  return {
    signal: controller.signal,
    interrupt() {
      wanted = true
      if (depth === 0) controller.abort()
    },
    async defer(work) {
      depth++
      try {
        return await work()
      } finally {
        if (--depth === 0 && wanted) controller.abort()
      }
    },
  }
}
