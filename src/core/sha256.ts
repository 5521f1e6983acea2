/** The SHA-256 of a text in hexadecimal, cut to so many digits where that many tell things apart. */
export function sha256(text: string, digits = 64): string {
  // Loaded here and not above: it takes 2 ms, and who only prints a token hashes nothing.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex').slice(0, digits)
}
