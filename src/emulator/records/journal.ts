import { hash } from 'node:crypto'

/** One request the emulator received, with secret values replaced by their hashes. */
export interface JournalEntry {
  /** RFC 3339, by the emulator's clock. */
  readonly time: string
  readonly method: string
  /** Secrets in it are hashed, too. */
  readonly path: string
  /** 0 until a response is sent, and permanently if a fault swallowed it. Mutable: set when the response is sent. */
  status: number
  /** The number of its connection: 1 for the first that carried a request, and so on. */
  readonly connection: number
  readonly query: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
  /** The Authorization header: its scheme as sent, and the hash of the rest. */
  readonly authorization?: string
  /** The registered client that it names, or whose code or token it carries. */
  readonly clientId?: string
  /**
   * The email address of the account whose code or token it carries, or who consents with it. Mutable: a redirect with
   * a code also reveals it.
   */
  account?: string
  /** The code of an error response: `error` of OAuth, `reason` of Drive. Mutable: set when the response is sent. */
  error?: string
  /**
   * The result of checking the DPoP proof of a token request: `bound to key THUMBPRINT`, `valid proof of key
   * THUMBPRINT` or `refused: REASON`. Mutable: set when the proof is checked.
   */
  dpop?: string
  /** The id of the sign-in that it belongs to: the name of a flow. */
  readonly signIn?: string
  /** The names of the faults that struck it. Mutable: each fault that strikes adds its name. */
  faults?: string[]
}

/** The most recent requests, oldest first. */
export interface Journal {
  add(entry: JournalEntry): void
  entries(): readonly JournalEntry[]
  reset(): void
}

/** Bounded, so that a load test of a million requests does not fill the memory. */
const kept = 10_000

/** In lower case. */
const secretNames = new Set([
  'code',
  'code_verifier',
  'client_secret',
  'refresh_token',
  'access_token',
  'oauth_token',
  'token_handle',
  'token',
  'id_token',
  'id_token_hint',
  'client_assertion',
  'subject_token',
  'actor_token',
  'password',
  'assertion',
  'device_code',
  'key',
  'upload_id',
  'session_crd',
])

/** Returns an empty journal. Requests to the control API are never recorded. */
export function createJournal(): Journal {
  let entries: JournalEntry[] = []
  return {
    add: (entry) => {
      entries.push(entry)
      if (entries.length > kept + 1000) entries = entries.slice(-kept)
    },
    entries: () => entries.slice(-kept).map((entry) => ({ ...entry })),
    reset: () => {
      entries = []
    },
  }
}

/** Returns `sha256:` and the first 16 hex digits: enough to compare two values, too little to use one. */
export function hashed(value: string): string {
  return `sha256:${hash('sha256', value, 'hex').slice(0, 16)}`
}

/** Returns an Authorization header as the journal shows it. */
export function journalAuthorization(header: string): string {
  const [, scheme, value] = /^([a-z][a-z-]{0,19}) +(\S.*)$/is.exec(header) ?? []
  // Without a scheme, the whole header may be a secret.
  return scheme === undefined || value === undefined ? hashed(header) : `${scheme} ${hashed(value)}`
}

/** How secrets of Google's shapes begin; JWTs and upload ids have rules of their own. Slashes may be escaped. */
const beginnings = String.raw`ya29\.|1//0|4/0A|AH-1Ng|GOCSPX-|AIza`.replaceAll('/', '(?:/|%(?:25)*2[Ff])')

/** Matches secrets of Google's shapes anywhere in a text; the last two are upload ids. */
const minted = new RegExp(
  String.raw`(?:${beginnings}|eyJ[\w-]+\.eyJ)[\w.~-]{8,}|(?<![\w-])A(?:[\w-]{94}|[\w-]{109})(?![\w-])`,
  'g',
)

/** Matches what each secret contains, unless it is an upload id; most texts have none of it. */
const suspicious = new RegExp(`[?&#]|://|eyJ|${beginnings}`)
const shortestUploadId = 95

/**
 * Hashes secrets inside a value: a redirect URI may be a browser's final URL, with the code in it, or contain a
 * password.
 */
function withInnerSecretsHashed(value: string): string {
  if (value.length < shortestUploadId && !suspicious.test(value)) return value
  return value
    .replace(/([?&#])(\w+)=([^&#]+)/g, (parameter, mark: string, name: string, inner: string) =>
      secretNames.has(name.toLowerCase()) ? `${mark}${name}=${hashed(inner)}` : parameter,
    )
    .replace(/(?<=:\/\/)[^\s/?#]+(?=@)/g, hashed)
    .replace(minted, (secret) => hashed(secret))
}

/** The longest value in characters: nobody reads a form of a megabyte. */
const longestEntry = 8000

/** Returns a path, a name or a value as the journal shows it: secrets hashed, at most `most` characters. */
export function journalText(text: string, most = longestEntry): string {
  // Searching a megabyte for secrets takes minutes. Twice the length leaves those at the end recognizable.
  return withInnerSecretsHashed(text.slice(0, 2 * longestEntry)).slice(0, most)
}

/**
 * Returns parameters as the journal shows them. A parameter sent twice is shown with both values, joined by a comma.
 * Very long values are truncated. Mutable: `lengths` receives the lengths of hashed values.
 */
export function journalFields(
  parameters: URLSearchParams,
  lengths: Record<string, number> = {},
): Readonly<Record<string, string>> {
  const fields = new Map<string, string>()
  let room = longestEntry
  // Node 20 iterates this much faster than with a loop.
  parameters.forEach((value, name) => {
    if (room <= 0) return
    const shownName = journalText(name, room)
    const isSecret = secretNames.has(name.toLowerCase()) && value !== ''
    const shown = isSecret ? hashed(value) : journalText(value, room)
    if (isSecret) lengths[shownName] = value.length
    const before = fields.get(shownName)
    fields.set(shownName, before === undefined ? shown : `${before}, ${shown}`)
    // The two are for the comma, which a thousand empty parameters also need.
    room -= shownName.length + shown.length + 2
  })
  return Object.fromEntries(fields)
}
