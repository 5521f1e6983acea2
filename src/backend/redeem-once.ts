import { hashOfCode } from '../accounts/used-codes.ts'
import type { Grant } from '../credentials/grant.ts'
import type { CodeRequest } from './code-request.ts'

/** The result of redeeming a code. */
export interface Redemption {
  readonly grant: Grant
  /** Whether this repeats the result of an earlier request with the same code. */
  readonly isRepeated: boolean
}

// The lifetime of a code: an app that resends one within it has lost the response.
const rememberedMs = 10 * 60_000
// More would not be faster: all of them wait for the same store.
const atOnce = 8

/**
 * Redeems each code once, even if it is sent several times: a repeat during the exchange, or within ten minutes after
 * its success, gets the same result. At most eight codes are exchanged at the same time; the others wait.
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
      // redeemCode decides whether a retry is allowed, because it knows if the code was sent.
      redemptions.delete(name)
      throw error
    }
  }
}

// Mutable: deletes old entries.
function forget(redemptions: Map<string, { readonly sinceMs: number }>): void {
  // Entries are in the order of arrival.
  for (const [name, { sinceMs }] of redemptions) {
    if (performance.now() - sinceMs < rememberedMs) return
    redemptions.delete(name)
  }
}

/** Returns a function that runs at most `limit` works at the same time; the others wait in order. */
function turnstile(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
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
