/** `npm run fuzz` tries the full number of inputs; `npm test` a part of it. */
export function scaled(portion: number, whole: number): number {
  return process.env['GSA_FUZZ'] === 'whole' ? whole : portion
}

/** The start of the input sequence. GSA_SEED chooses another one; a failure also names it. */
export const seed = Number(process.env['GSA_SEED'] ?? 1)

/** The number of inputs per property in a full run. */
export const manyInputs = 100_000

/** The same where every input is a whole program run, or a deliberately slow server. */
export const runs = 5000
