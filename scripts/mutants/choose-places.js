// Picks the places that a run changes, and one change for each.

/**
 * Returns `count` places with one change each, spread evenly over the list: one place out of every stretch of it. The
 * same seed and files give the same choice. `files` is a list of `{ file, places }`.
 */
export function choosePlaces(files, count, seed) {
  const random = randomNumbers(seed)
  const all = files.flatMap(({ file, places }) => places.map((place) => ({ file, ...place })))
  const chosen = []
  for (let stretch = 0; stretch < Math.min(count, all.length); stretch++) {
    const from = Math.floor((stretch * all.length) / count)
    const to = Math.max(from + 1, Math.floor(((stretch + 1) * all.length) / count))
    const free = all.slice(from, to).filter((place) => !overlaps(place, chosen))
    const place = free[Math.floor(random() * free.length)]
    const change = random()
    if (place === undefined) continue
    const { file, start, end, line, changes } = place
    chosen.push({ number: chosen.length + 1, file, start, end, line, ...changes[Math.floor(change * changes.length)] })
  }
  return chosen
}

/**
 * Returns whether one of the chosen places contains this one, or is part of it: then the two could not be rewritten
 * separately.
 */
function overlaps(place, chosen) {
  return chosen.some(({ file, start, end }) => file === place.file && start < place.end && place.start < end)
}

/** Returns a function that returns the next pseudo-random number from 0 to 1 (mulberry32). */
function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
