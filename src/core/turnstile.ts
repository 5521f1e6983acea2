/** Runs work when it is its turn. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>

/** Returns a function that runs at most `limit` works at the same time; the others wait in order. */
export function turnstile(limit: number): Turnstile {
  const waiting: (() => void)[] = []
  let inside = 0
  return async (work) => {
    if (inside >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else inside++
    try {
      return await work()
    } finally {
      // The next one waiting takes this place.
      const next = waiting.shift()
      if (next === undefined) inside--
      else next()
    }
  }
}
