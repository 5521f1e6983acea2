/** What Google's secrets, keys and documents with secrets look like, each with its name. Linear in the length of a text. */
export const secretShapes: readonly (readonly [shape: RegExp, kind: string])[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-"]|-(?!----END))*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
    'private key',
  ],
  [/AGE-SECRET-KEY-1[\dA-Z]*/gi, 'age secret key'],
  [/ya29\.[\w.~+/-]*/g, 'access token'],
  [/1(?:\/|%(?:25){0,9}2F){2}0[\w.~+/%-]*/gi, 'refresh token'],
  // Behind a slash, it is part of a path.
  [/(?<!\/)4(?:\/|%(?:25){0,9}2F)0[\w.~+/%-]{6,}/gi, 'authorization code'],
  [/AH-1Ng[\w-]*/g, 'device code'],
  [/GOCSPX-[\w-]*/g, 'client secret'],
  [/eyJ[\w-]{2,}(?:\.[\w-]*){0,4}/g, 'signed token'],
]

// What names a secret, in whatever notation, with the value behind it. A mark in brackets stays.
const behind = String.raw`["']?\]?\s{0,3}(?:=>|[:=])\s{0,3}(?:string\(\d{1,5}\)\s?|Optional\()?["']?)(?!\[|Optional\()`
const labelled = new RegExp(
  String.raw`((?:client_?secret|access_?token|refresh_?token|id_?token|code_?verifier|device_?code|auth_?code|assertion|passw(?:or)?d|passphrase|api_?key)${behind}([^\s"',;&)}\]]{8,})`,
  'gi',
)
// `code` names error codes, too, which have no digits, or nothing else.
const labelledCode = new RegExp(
  String.raw`((?<![\w-])code${behind}(?=[^\s"',;&)}\]]{0,40}[a-z])(?=[^\s"',;&)}\]]{0,60}\d)([^\s"',;&)}\]]{8,})`,
  'gi',
)

/** Returns a text in which each value that is called a secret was replaced by what `mark` makes of it. */
export function replaceLabelled(text: string, mark: (value: string) => string): string {
  const replaced = (_: string, label: string, value: string): string => `${label}${mark(value)}`
  return text.replace(labelled, replaced).replace(labelledCode, replaced)
}

const shortestRandom = 20
// RFC 7636 section 4.1: the least that a code verifier has.
const shortestVerifier = 43

/**
 * Returns whether a word looks drawn at random, as old client secrets, code verifiers and other servers' tokens do. File names,
 * e-mail addresses, client ids, scopes, UUIDs and MD5 digests do not.
 */
export function looksRandom(word: string): boolean {
  // What Google's client ids look like, also without their ending.
  if (/^\d{1,20}-(?:\w{1,64}\.apps\.googleusercontent\.com|[a-z\d]{32}$)/.test(word)) return false
  if (word.length < shortestRandom) return false
  const parts = word.split(/[.~]/)
  return parts.some(isRandomPart) || (word.length >= shortestVerifier && isRandomPart(word))
}

function isRandomPart(part: string): boolean {
  if (part.length < shortestRandom) return false
  // Digests, UUIDs, and temporary names that end in one.
  const hex = /^(?:[a-z]+[-_])*([\da-f-]+)$/i.exec(part)?.[1]
  if (hex !== undefined) return hex.length >= shortestVerifier && /\d/.test(hex) && /[a-f]/i.test(hex)
  const separators = part.replace(/[A-Za-z\d]/g, '').length
  if (separators * 5 > part.length) return false
  // In what people name, letters of a case and digits stand in runs; where they are drawn, the next is of another kind as often as not.
  const kinds = Array.from(part, kindOf)
  const pairs = kinds.slice(1).map((kind, at) => [kinds[at], kind] as const)
  const inside = pairs.filter(([before, after]) => before !== undefined && after !== undefined)
  const changes = inside.filter(([before, after]) => before !== after).length
  const numbers = part.match(/\d+/g) ?? []
  const isMixed = numbers.length > 1 && /[a-z]/.test(part) && /[A-Z]/.test(part)
  return changes > inside.length * (isMixed ? 0.3 : 0.4)
}

function kindOf(character: string): 'digit' | 'lower' | 'upper' | undefined {
  if (/\d/.test(character)) return 'digit'
  if (/[a-z]/.test(character)) return 'lower'
  return /[A-Z]/.test(character) ? 'upper' : undefined
}
