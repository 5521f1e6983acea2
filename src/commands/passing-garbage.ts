import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** V8's own function: a minor collection takes well under a millisecond, a whole one of a small heap about five. */
type Collect = (options?: { readonly type: 'minor' }) => void

/** Told that so many bytes have passed and are not used any more. */
type Passing = (bytes: number) => void

const minorEveryBytes = 8 * 1024 * 1024
const majorEveryMinor = 8

/**
 * For what streams without end and holds nothing: collects what has passed. Left to itself, V8 lets 32 MB of buffers and twice
 * as much of young objects pile up before it looks. Node has no name for it; it stands behind flags of V8.
 */
export function collectingWhatPasses(): Passing {
  let collect: Collect | undefined
  let sinceMinor = 0
  let minors = 0
  return (bytes) => {
    sinceMinor += bytes
    if (sinceMinor < minorEveryBytes) return
    sinceMinor = 0
    collect ??= collector()
    if (++minors % majorEveryMinor === 0) collect()
    else collect({ type: 'minor' })
  }
}

function collector(): Collect {
  // The part of the heap for young objects stays as small as it is.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
