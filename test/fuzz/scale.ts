/** `npm run fuzz` tries the whole number of inputs; `npm test` a portion of the same. */
export function scaled(portion: number, whole: number): number {
  return process.env['GSA_FUZZ'] === 'whole' ? whole : portion
}

/** Where the sequence of inputs starts. GSA_SEED chooses another one; a failure names it, too. */
export const seed = Number(process.env['GSA_SEED'] ?? 1)

/** How many inputs an offline property gets in a whole run. */
export const offline = 100_000

/** How many inputs a property gets whose every input is a conversation over the network, or a whole run of the program. */
export const overTheNetwork = 5000
