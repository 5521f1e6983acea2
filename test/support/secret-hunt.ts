import type { Run, RunOptions } from './harness.ts'

// The formats of Google's secrets and the emulator's. The program redacts by type; this is the second safety net.
const shapes: readonly (readonly [string, RegExp])[] = [
  ['an access token', /ya29\.[\w-]{8,}/],
  ['a refresh token', /1\/\/0[\w-]{8,}/],
  ['an authorization code', /4(?:\/|%2F)0A[\w-]{16,}/i],
  ['a device code', /AH-1Ng[\w-]{16,}/],
  ['a client secret', /GOCSPX-[\w-]+/],
  ['a signed token', /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an age secret key', /AGE-SECRET-KEY-1[\dA-Z]{8,}/],
]

/** Returns arguments of a run that look like secrets: long, with letters in both cases and digits. */
function secretsGiven(argv: readonly string[], env: RunOptions['env'] = {}): string[] {
  const words = argv.filter((_, at) => argv[at - 1] !== '--id')
  return [...words, ...words.map((word) => word.slice(word.indexOf('=') + 1)), ...Object.values(env)].filter(
    (word): word is string =>
      word !== undefined &&
      /^[\w.~-]{24,}$/.test(word) &&
      [/[a-z]/, /[A-Z]/, /\d.*[A-Za-z].*\d/].every((kind) => kind.test(word)),
  )
}

/**
 * Fails if a run leaked a secret: on a stream, in a file, or in the journal, including the leftovers of unfinished
 * writes.
 */
export function huntSecrets(ground: {
  argv: readonly string[]
  options: RunOptions
  result: Run
  files: readonly { path: string; content: string }[]
  journal: unknown
  /** The private keys that refresh tokens are bound to: nothing ever prints one. */
  keys?: readonly string[]
}): void {
  const { argv, options, result, files, journal, keys = [] } = ground
  const places: [string, string][] = [
    ['the journal', JSON.stringify(journal)],
    ...files.map(({ path, content }): [string, string] => [path, content]),
  ]
  if (options.printsSecrets !== true)
    places.push(['stdout', result.stdout], ['stderr', result.stderr], ['the terminal', result.terminal])
  for (const [place, text] of places) {
    for (const [what, shape] of shapes) {
      if (shape.test(text)) throw new Error(`gsa ${argv.join(' ')}: ${what} shows up in ${place}`)
    }
    // The journal contains each query sent, whatever its words look like.
    for (const given of place === 'the journal' ? [] : secretsGiven(argv, options.env))
      if (text.includes(given))
        throw new Error(`gsa ${argv.join(' ')}: what it was given shows up in ${place}: ${given}`)
  }
  const everywhere = [...places, ...[result.stdout, result.stderr, result.terminal].map((text) => ['a stream', text])]
  for (const [place = '', text = ''] of everywhere)
    for (const key of keys)
      for (const form of [key, Buffer.from(key, 'base64url').toString('hex'), Buffer.from(key).toString('base64')])
        if (text.includes(form))
          throw new Error(`gsa ${argv.join(' ')}: the private key of a token shows up in ${place}`)
  const leftover = files.find(({ path }) => /\.(?:tmp|part|probe)$/.test(path))
  if (leftover !== undefined) throw new Error(`gsa ${argv.join(' ')}: left ${leftover.path} behind`)
}

/**
 * Fails if a text contains a secret of Google, or one of these, as it is or in hexadecimal or base64: databases show
 * bytes in such forms.
 */
export function expectNoSecretIn(text: string, place: string, secrets: readonly string[] = []): void {
  for (const [what, shape] of shapes) if (shape.test(text)) throw new Error(`${what} shows up in ${place}`)
  for (const what of [...encodedPrefixes, ...secrets.flatMap(formsOf)])
    if (text.includes(what)) throw new Error(`a secret shows up in ${place}, as ${what.slice(0, 12)}…`)
}

// A private key of a credential has no prefix, but a member name.
const encodedPrefixes = ['ya29.', '1//0', '4/0A', 'GOCSPX-', 'refresh_token', 'client_secret', 'code_verifier'].flatMap(
  // Short ones would turn up by chance, most of all in hexadecimal.
  (prefix) => encodingsOf(prefix).filter((form) => form.length >= (/^[\da-f]+$/.test(form) ? 10 : 6)),
)

/** Returns the texts in which a secret would be found: all of it, or an encoding of what is inside. */
function formsOf(secret: string): readonly string[] {
  const bytes = /^[\w+/]{43}=$/.test(secret) ? [Buffer.from(secret, 'base64').toString('hex')] : []
  return [secret, ...bytes, ...encodingsOf(secret)]
}

/** Returns the hexadecimal text, and the base64 text at each of its three possible positions in a longer one. */
function encodingsOf(text: string): readonly string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${'x'.repeat(shift)}${text}`)
      .toString('base64')
      .replace(/=+$/, '')
    // The first and the last character also hold bits of what is beside the text.
    return encoded.slice(shift === 0 ? 0 : shift + 1, (shift + text.length) % 3 === 0 ? undefined : -1)
  })
  return [Buffer.from(text).toString('hex'), ...shifted]
}
