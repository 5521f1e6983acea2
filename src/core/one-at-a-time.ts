/** Runs work by name while no other work of that name runs in this process. Work of one name runs in order. */
export type OneAtATime = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** Returns queues for work, one for each name. Work that fails does not stop the work behind it. */
export function oneAtATime(): OneAtATime {
  const last = new Map<string, Promise<void>>()
  return async (name, work) => {
    const before = last.get(name)
    const mine = (async () => {
      await before
      return work()
    })()
    const settled = mine.then(
      () => undefined,
      () => undefined,
    )
    last.set(name, settled)
    try {
      return await mine
    } finally {
      if (last.get(name) === settled) last.delete(name)
    }
  }
}
