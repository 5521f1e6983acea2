/** `npm run fleet` runs the full proof; CI runs a short part of it. */
export function scaled(portion: number, whole: number): number {
  return process.env['GSA_FLEET'] === 'whole' ? whole : portion
}
