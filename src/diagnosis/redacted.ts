// Each leaves a mark that says what stood there: that a refresh token was sent as a code is a failure of its own.
const shapes: readonly (readonly [RegExp, string])[] = [
  [/ya29\.[\w.~+/-]*/g, '[access token]'],
  [/1(?:\/|%(?:25){0,9}2F){2}0[\w.~+/%-]*/gi, '[refresh token]'],
  [/4(?:\/|%(?:25){0,9}2F)0[\w.~+/%-]{6,}/gi, '[authorization code]'],
  [/AH-1Ng[\w-]*/g, '[device code]'],
  [/GOCSPX-[\w-]*/g, '[client secret]'],
  [/eyJ[\w-]{2,}(?:\.[\w-]*){0,4}/g, '[signed token]'],
  [/-----BEGIN [A-Z ]{3,40}PRIVATE KEY-----[^"]{0,8000}/g, '[private key]'],
  [/\b(Bearer|Basic) [\w.~+/=-]{8,}/g, '$1 [secret]'],
]

// What names a secret, in whatever notation, with the value behind it. A mark in brackets stays.
const behind = String.raw`["']?\]?\s{0,3}(?:=>|[:=])\s{0,3}(?:string\(\d{1,5}\)\s?|Optional\()?["']?)(?!\[|Optional\()`
const labelled = new RegExp(
  String.raw`((?:client_?secret|access_?token|refresh_?token|id_?token|code_?verifier|device_?code|auth_?code|assertion|passw(?:or)?d|passphrase|api_?key)${behind}[^\s"',;&)}\]]{8,}`,
  'gi',
)
// `code` names error codes, too, which have no digits, or nothing else.
const labelledCode = new RegExp(
  String.raw`((?<![\w-])code${behind}(?=[^\s"',;&)}\]]{0,40}[a-z])(?=[^\s"',;&)}\]]{0,60}\d)[^\s"',;&)}\]]{8,}`,
  'gi',
)

/** A text in which what looks like a secret, or is called one, was replaced by what it is. */
export function redacted(text: string): string {
  const marked = shapes.reduce((left, [shape, mark]) => left.replace(shape, mark), text)
  return marked.replace(labelled, '$1[secret]').replace(labelledCode, '$1[secret]')
}
