const longestMs = 4_000
const longestPauseMs = 50

/**
 * Runs work, and repeats it for up to 4 seconds if Windows refuses because another process (a reader, a virus scanner)
 * has the file open. Does not repeat on other platforms, where open files do not interfere.
 * @throws what `work` throws in the end
 */
export function persistently<T>(work: () => T, platform: NodeJS.Platform = process.platform): T {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let pauseMs = 1, waitedMs = 0; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return work()
    } catch (error) {
      if (!isBusyFile(error, platform) || waitedMs > longestMs) throw error
      // Synchronous, so that no other code of this process runs in between.
      Atomics.wait(clock, 0, 0, pauseMs)
      waitedMs += pauseMs
    }
  }
}

/** Returns whether an error of node:fs may mean that another process has the file open. */
export function isBusyFile(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')
}
