/** `npm run fuzz` tries the whole number of inputs; `npm test` a portion of the same. */
export function scaled(portion: number, whole: number): number {
  return process.env['GSA_FUZZ'] === 'whole' ? whole : portion
}

/** Where the sequence of inputs starts. GSA_SEED chooses another one; a failure names it, too. */
export const seed = Number(process.env['GSA_SEED'] ?? 1)

/** How many inputs a property gets in a whole run. */
export const manyInputs = 100_000

/** The same where every input is a whole run of the program, or a server that is slow on purpose. */
export const runs = 5000
