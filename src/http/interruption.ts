import { Failure } from '../failures/index.ts'

/** Interrupts a run, after work that must not be left half done. */
export interface Interruption {
  /** Aborted when the run is interrupted and no deferring work is in progress. */
  readonly signal: AbortSignal
  /** Aborted immediately when the run is interrupted: a server then accepts nothing new while it finishes the rest. */
  readonly stopping: AbortSignal
  /** Interrupts the run, immediately or when the deferring work is done. */
  interrupt(): void
  /** Returns whether an interruption has to wait for work in progress. */
  isDeferring(): boolean
  /**
   * Runs work that must not be left half done, such as sending a code and storing the result: an interruption waits
   * until the work is over. Every part of it has its own time-out.
   */
  readonly defer: Defer
}

/** Runs work that an interruption waits for. */
export type Defer = <T>(work: () => Promise<T>) => Promise<T>

/** Creates the {@link Interruption} of a run. */
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
