/** Returns the hexadecimal SHA-256 of a text, shortened to `digits` where that many tell values apart. */
export function sha256(text: string, digits = 64): string {
  // Loaded here because it takes 2 ms, and printing a token needs no hash.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex').slice(0, digits)
}
