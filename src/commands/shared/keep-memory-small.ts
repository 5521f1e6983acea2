import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** V8's own function: a minor collection takes well under a millisecond, a whole one of a small heap about five. */
type Collect = (options?: { readonly type: 'minor' }) => void

const minorEveryBytes = 8 * 1024 * 1024
const minorsToMajor = 8

/**
 * What an item of a list costs on its way, more or less: its part of the answer, as text
 * and as an object, and its line.
 */
export const listedItemBytes = 8000

/**
 * For what streams without end and holds nothing: gives a function that is told how many more bytes are not used any
 * more, and collects them. Left to itself, V8 lets 32 MB of buffers and twice as much of young objects pile up before
 * it looks. Node has no name for it; it stands behind flags of V8.
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
  // The part of the heap for young objects stays as small as it is.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
