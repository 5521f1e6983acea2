import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { readonly type: 'minor' }) => void

let collect: Collect | undefined

/**
 * Collects what was used a moment ago and is not used any more (under a millisecond). For what streams without end: left to
 * itself, V8 lets buffers of 32 MB and young objects of twice as much pile up before it looks. Node has no name for it but
 * behind this flag of V8.
 */
export function collectYoungGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  collect({ type: 'minor' })
}

/** {@link collectYoungGarbage} once in a while: told how many bytes have passed in all. */
export function collectingAsItPasses(everyBytes = 8 * 1024 * 1024): (bytes: number) => void {
  let collected = 0
  return (bytes) => {
    if (bytes - collected < everyBytes) return
    collected = bytes
    collectYoungGarbage()
  }
}
