const feltAfterMs = 1_000

/** Returns a function that tells of a wait once, when it becomes noticeable. Call it in each round of the wait. */
export function noticeOfWait(
  onWait: ((sentence: string) => void) | undefined,
): (waitedMs: number, sentence: () => string) => void {
  let isSaid = false
  return (waitedMs, sentence) => {
    if (waitedMs <= feltAfterMs || isSaid) return
    isSaid = true
    onWait?.(sentence())
  }
}
