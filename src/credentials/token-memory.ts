import type { CachedAccessToken } from '../accounts/cached-access-token.ts'
import { type Turnstile, turnstile } from '../core/turnstile.ts'

/** Keeps access tokens in memory while they are valid, for a server that needs those of many accounts. */
export interface TokenMemory {
  /**
   * Returns a token that is valid for at least `minTtlMs`: the one in memory, or the one that `get` returns. Calls for
   * the same account at the same time share one `get`, and at most sixteen run at the same time.
   * @param name what identifies the account
   */
  token(name: string, minTtlMs: number, get: () => Promise<CachedAccessToken>): Promise<CachedAccessToken>
}

// A few hundred bytes each.
const mostTokens = 100_000
// More would wait for the same few connections.
const mostAtATime = 16

/** @param now returns the Unix time in milliseconds */
export function tokenMemory(now: () => number): TokenMemory {
  const tokens = new Map<string, CachedAccessToken>()
  const underWay = new Map<string, Promise<CachedAccessToken>>()
  const enter: Turnstile = turnstile(mostAtATime)
  const remember = (name: string, token: CachedAccessToken): void => {
    // The last one is the newest, so the first one is the oldest.
    tokens.delete(name)
    tokens.set(name, token)
    const [oldest] = tokens.keys()
    if (tokens.size > mostTokens && oldest !== undefined) tokens.delete(oldest)
  }
  return {
    async token(name, minTtlMs, get) {
      const known = tokens.get(name)
      if (known?.expiresAt != null && Date.parse(known.expiresAt) - now() >= minTtlMs) return known
      const request = JSON.stringify([name, minTtlMs])
      const earlier = underWay.get(request)
      const getting = earlier ?? enter(get)
      underWay.set(request, getting)
      try {
        const token = await getting
        if (earlier === undefined) remember(name, token)
        return token
      } finally {
        if (underWay.get(request) === getting) underWay.delete(request)
      }
    },
  }
}
