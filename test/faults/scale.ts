/** `npm run faults` runs the full proof; `npm test` runs a short part of it. */
export function scaled(portion: number, whole: number): number {
  return process.env['GSA_FAULTS'] === 'whole' ? whole : portion
}

/** Returns reproducible pseudo-random numbers from 0 to 1 (mulberry32). GSA_SEED chooses another sequence. */
export function seededRandom(seed = Number(process.env['GSA_SEED'] ?? 1)): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
