import { Failure } from '../failures/index.ts'

/** How a run is interrupted, and what must come to its end first. */
export interface Interruption {
  /** Aborted when the run is interrupted, and nothing is under way that must come to its end. */
  readonly signal: AbortSignal
  /** Aborted at once when the run is interrupted: for a server, which must take on nothing new while the rest ends. */
  readonly stopping: AbortSignal
  /** Interrupts the run, at once or when what is deferred is over. */
  interrupt(): void
  /** Returns whether something is under way that an interruption waits for. */
  isDeferring(): boolean
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
  const stopping = new AbortController()
  let depth = 0
  return {
    signal: controller.signal,
    stopping: stopping.signal,
    interrupt() {
      stopping.abort()
      if (depth === 0) controller.abort()
    },
    isDeferring: () => depth > 0,
    async defer(work) {
      depth++
      try {
        return await work()
      } finally {
        if (--depth === 0 && stopping.signal.aborted) controller.abort()
      }
    },
  }
}

/** Waits until a signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Waits, unless interrupted. @throws Failure `interrupted` */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new Failure('interrupted', {})
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(new Failure('interrupted', {}))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
