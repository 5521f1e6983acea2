type Shape = readonly [shape: RegExp, kind: string]

const distinctive: readonly Shape[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-"]|-(?!----END))*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
    'private key',
  ],
  [/AGE-SECRET-KEY-1[\dA-Z]*/gi, 'age secret key'],
  [/AH-1Ng[\w-]*/g, 'device code'],
  [/GOCSPX-[\w-]*/g, 'client secret'],
]

const accessToken: Shape = [/ya29\.[\w.~+/-]*/g, 'access token']

/** Replaces the secrets that no other text resembles, and whose first letter an escape sequence could swallow. */
export function withoutDistinctiveSecrets(text: string): string {
  return [...distinctive, accessToken].reduce((left, [shape, kind]) => left.replace(shape, `[${kind}]`), text)
}

/**
 * The shapes of Google's secrets, keys and documents with secrets anywhere in a text, each with its name. They match
 * some file names too, which does no harm in a log. Linear in the length of a text.
 */
export const secretShapes: readonly Shape[] = [
  ...distinctive,
  accessToken,
  [/1(?:\/|%(?:25){0,9}2F){2}0[\w.~+/%-]*/gi, 'refresh token'],
  // After a slash, it is part of a path, unless it begins like Google's codes.
  [
    /(?<!\/)4(?:\/|%(?:25){0,9}2F)0[\w.~+/%-]{6,}|(?<=\/)4(?:\/|%(?:25){0,9}2F)0A[\w-]{16,}[\w.~+/%-]*/gi,
    'authorization code',
  ],
  [/eyJ[\w-]{2,}(?:\.[\w-]*){0,4}/g, 'signed token'],
]

// The start of a word: also after an encoded character other than a slash, an escape, or the letter of an option.
const begins = String.raw`(?:(?<![\w/.~-])|(?<=%(?:25){0,9}(?!2[Ff])[\dA-Fa-f]{2}|\\[nrt]|\\u[\dA-Fa-f]{4}|(?<![^\s"'=])-[A-Za-z]))`
const beginsOrInPath = String.raw`(?:${begins}|(?<=\/))`
const slash = String.raw`(?:\/|%(?:25){0,9}2[Ff])`

/**
 * {@link secretShapes} among file names and paths: at the start of a word, and as long as real secrets are. A part of
 * each is repeated in misplaced-secret.ts.
 */
export const typedSecretShapes: readonly Shape[] = [
  ...distinctive,
  [new RegExp(String.raw`${beginsOrInPath}ya29\.[\w.~+/-]*`, 'g'), 'access token'],
  [new RegExp(String.raw`${begins}1${slash}{2}0[\w-]{8,}[\w.~+/%-]*`, 'g'), 'refresh token'],
  // Google's begin with 4/0A. Other servers' codes mix upper and lower case, which a dated path rarely does.
  [
    new RegExp(
      String.raw`(?:${begins}4${slash}0(?=[\w-]{0,40}[a-z])(?=[\w-]{0,40}[A-Z])[\w-]{20,}|${beginsOrInPath}4${slash}0A[\w-]{16,})[\w.~+%-]*`,
      'g',
    ),
    'authorization code',
  ],
  // The first eight characters of a header or of claims are {"alg", {"typ", {"iss" or similar, encoded.
  [
    new RegExp(
      String.raw`${beginsOrInPath}eyJ(?:[\w-]{4}i[\w-]*|[\w-]{37,})(?:\.[\w-]*){0,4}|eyJ[\w-]{4}i[\w-]{0,400}\.eyJ[\w-]*(?:\.[\w-]*){0,3}`,
      'g',
    ),
    'signed token',
  ],
]

// The name of a secret in any notation, followed by its value. A value that is already masked in brackets stays.
const behind = String.raw`["']?\]?\s{0,3}(?:=>|[:=])\s{0,3}(?:string\(\d{1,5}\)\s?|Optional\()?["']?)(?!\[|Optional\()`
const labelled = new RegExp(
  String.raw`((?:client_?secret|access_?token|refresh_?token|id_?token|code_?verifier|device_?code|auth_?code|assertion|passw(?:or)?d|passphrase|api_?key)${behind}([^\s"',;&)}\]]{8,})`,
  'gi',
)
// `code` also names error codes, which have no digits or only digits.
const labelledCode = new RegExp(
  String.raw`((?<![\w-])code${behind}(?=[^\s"',;&)}\]]{0,40}[a-z])(?=[^\s"',;&)}\]]{0,60}\d)([^\s"',;&)}\]]{8,})`,
  'gi',
)

/** Returns a text with each value that is labelled as a secret replaced by the result of `mark`. */
export function replaceLabelled(text: string, mark: (value: string) => string): string {
  const replaced = (_: string, label: string, value: string): string => `${label}${mark(value)}`
  return text.replace(labelled, replaced).replace(labelledCode, replaced)
}

const shortestRandom = 20
// RFC 7636 section 4.1: the minimum length of a code verifier.
const shortestVerifier = 43

// Google's client ids, also without their suffix, as in file names and URL schemes.
const clientIds = /\d{1,20}-(?:\w{1,64}(?=\.apps\.googleusercontent\.com)|[a-z\d]{32}(?![\w-]))/g
const reversedClientIds = /(?<=com\.googleusercontent\.apps\.)\d{1,20}-\w{1,64}/g
// Ids of files in My Drive and in the app folder, of documents, and of older files.
const driveId = /^(?:1(?:[\w-]{32}|[\w-]{43}|[\w-]{44})|0B[\w-]{26})$/
// A file name with a digest and an extension.
const digestName = /^(?:[\w-]{0,100}[-_])?[\da-f]{40,128}(?:\.[a-z][a-z\d]{0,4}){1,3}$/i
// A base32 hash of Nix, which has no e, o, t and u, before a package name.
const nixName = /^[\da-df-np-sv-z]{32}-[a-z]/

/**
 * Returns whether a word looks random, as old client secrets, code verifiers and other servers' tokens do. File names,
 * email addresses, client ids, ids of Drive files, scopes, UUIDs and MD5 digests do not.
 */
export function looksRandom(word: string): boolean {
  const rest = word
    .replace(clientIds, '')
    .replace(reversedClientIds, '')
    .replace(/\.{1,3}$/, '')
  if (rest.length < shortestRandom || driveId.test(rest) || digestName.test(rest) || nixName.test(rest)) return false
  const parts = rest.split(/[.~]/)
  return parts.some(isRandomPart) || (rest.length >= shortestVerifier && isRandomPart(rest))
}

function isRandomPart(part: string): boolean {
  if (part.length < shortestRandom) return false
  // Digests, UUIDs, and temporary names that end with one.
  const hex = /^(?:[a-z]+[-_])*([\da-f-]+)$/i.exec(part)?.[1]
  if (hex !== undefined) return hex.length >= shortestVerifier && /\d/.test(hex) && /[a-f]/i.test(hex)
  // Names of several short lower-case words, some of them random, such as pod names.
  if (!/[A-Z]/.test(part) && part.split(/[-_]/).every((one) => one.length <= 12)) return false
  const separators = part.replace(/[A-Za-z\d]/g, '').length
  if (separators * 5 > part.length) return false
  // In names that people choose, upper case, lower case and digits form runs; in random words the kind changes often.
  // In CamelCase, a capital counts as part of the lower-case letters after it.
  const humps = part.match(/[A-Z][a-z]{2,}/g)?.join('') ?? ''
  const letters = humps.length * 3 < part.length * 2 ? part : part.replace(/[A-Z](?=[a-z]{2})/g, 'a')
  const kinds = Array.from(letters, kindOf)
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
