import { hashOfCode } from '../accounts/used-codes.ts'
import type { Grant } from '../credentials/grant.ts'
import type { CodeRequest } from './code-request.ts'

/** What became of a code. */
export interface Redemption {
  readonly grant: Grant
  /** Whether this is the answer to an earlier request with the same code. */
  readonly isRepeated: boolean
}

// As long as a code lives: an app that sends one again within that time lost the answer.
const rememberedMs = 10 * 60_000
// Google answers few at a time as fast as many, and every one of them waits for the same store.
const atOnce = 8

/**
 * Redeems each code once, however often it is sent: whoever sends it while it is on its way, or within ten minutes
 * after it worked, gets the same answer. At most eight codes are on their way at a time, the others wait in line.
 */
export function redeemingOnce(
  redeem: (request: CodeRequest) => Promise<Grant>,
): (request: CodeRequest) => Promise<Redemption> {
  const redemptions = new Map<string, { readonly grant: Promise<Grant>; readonly sinceMs: number }>()
  const enter = turnstile(atOnce)
  return async (request) => {
    forget(redemptions)
    const name = hashOfCode(request.code)
    const earlier = redemptions.get(name)
    if (earlier !== undefined) return { grant: await earlier.grant, isRepeated: true }
    const grant = enter(async () => redeem(request))
    redemptions.set(name, { grant, sinceMs: performance.now() })
    try {
      return { grant: await grant, isRepeated: false }
    } catch (error) {
      // Whether it may be tried once more is for redeemCode to say, which knows if the code was sent.
      redemptions.delete(name)
      throw error
    }
  }
}

// Mutable: what is old is deleted.
function forget(redemptions: Map<string, { readonly sinceMs: number }>): void {
  // In the order in which they came.
  for (const [name, { sinceMs }] of redemptions) {
    if (performance.now() - sinceMs < rememberedMs) return
    redemptions.delete(name)
  }
}

/** Lets so many through at once; the others wait in the order in which they came. */
function turnstile(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let inside = 0
  return async (work) => {
    if (inside >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else inside++
    try {
      return await work()
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift()
      if (next === undefined) inside--
      else next()
    }
  }
}
