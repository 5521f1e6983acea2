import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** V8's `gc`: a minor collection takes well under a millisecond, a full one of a small heap about five. */
type Collect = (options?: { readonly type: 'minor' }) => void

const minorEveryBytes = 8 * 1024 * 1024
const minorsToMajor = 8

/**
 * Approximate memory used per list item: its part of the response, as text and as an object, and its output line.
 */
export const listedItemBytes = 8000

/**
 * Returns a function to call with the number of bytes no longer in use, for streams; it collects garbage. By default,
 * V8 accumulates 32 MB of buffers and twice as much in young objects first. Node has no API for this, only V8 flags.
 */
export function keepMemorySmall(): (passedBytes: number) => void {
  let collect: Collect | undefined
  let sinceMinor = 0
  let minors = 0
  return (passedBytes) => {
    sinceMinor += passedBytes
    if (sinceMinor < minorEveryBytes) return
    sinceMinor = 0
    collect ??= collector()
    if (++minors % minorsToMajor === 0) collect()
    else collect({ type: 'minor' })
  }
}

function collector(): Collect {
  // Keeps the young generation at its initial size.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
