import type { AcceptanceTerms, StoreFailure } from '../credentials/accept-tokens.ts'
import { growingWaits } from './growing-waits.ts'

const waits = { firstMs: 250, longestMs: 2_000, totalMs: 60_000 }

/**
 * Returns what to do when the tokens of one code cannot be stored: retry for a minute, because they exist nowhere else.
 * A first Ctrl-C waits for it too.
 */
export function retryStoring(onFailure: (lost: StoreFailure) => void): AcceptanceTerms['onStoreFailure'] {
  const wait = growingWaits(waits)
  let isFirst = true
  return async (lost) => {
    if (isFirst) onFailure(lost)
    isFirst = false
    return (await wait()) ? 'retry' : 'give-up'
  }
}
