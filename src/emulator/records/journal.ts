import { createHash } from 'node:crypto'

/** One request the emulator received, with secret values replaced by their hash. */
export interface JournalEntry {
  /** RFC 3339, by the emulator's clock. */
  readonly time: string
  readonly method: string
  readonly path: string
  /** 0 while unanswered, and for ever when a fault swallowed the answer. Mutable: known when the answer is sent. */
  status: number
  /** Which connection it came on: 1 for the first that brought a request, and so on. */
  readonly connection: number
  readonly query: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
  /** The Authorization header: the scheme as sent, and the hash of what follows. */
  readonly authorization?: string
  /** Which faults struck it, by name. Mutable: each fault that strikes adds its name. */
  faults?: string[]
}

/** The last requests, oldest first. */
export interface Journal {
  add(entry: JournalEntry): void
  entries(): readonly JournalEntry[]
  reset(): void
}

/** Bounded, so that a load test of a million requests does not fill the memory. */
const kept = 10_000

const secretNames = new Set([
  'code',
  'code_verifier',
  'client_secret',
  'refresh_token',
  'access_token',
  'token',
  'id_token',
  'id_token_hint',
  'client_assertion',
  'subject_token',
  'actor_token',
  'password',
  'assertion',
  'device_code',
  'upload_id',
  'session_crd',
])

/** An empty journal. The control API's own requests never get here. */
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

/** `sha256:` and the first 16 hex digits: enough to compare two values, nothing to use one. */
export function hashed(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 16)}`
}

/** An Authorization header for the journal. */
export function journalAuthorization(header: string): string {
  const [, scheme = '', value = ''] = /^(\S*) *(.*)$/s.exec(header) ?? []
  // Without a scheme the whole of it may be a secret.
  return value === '' ? hashed(header) : `${scheme} ${hashed(value)}`
}

/** What this server mints, wherever it stands. */
const minted = /(?:ya29\.|1\/\/0|(?<!\/)4\/0A|AH-1Ng|GOCSPX-|eyJ[\w-]+\.eyJ)[\w.~-]{8,}/g

/** A redirect URI may be the whole address that a browser ended on, with the code in it, or have a password. */
function withInnerSecretsHashed(value: string): string {
  return value
    .replace(/([?&#])(\w+)=([^&#]+)/g, (parameter, mark: string, name: string, inner: string) =>
      secretNames.has(name) ? `${mark}${name}=${hashed(inner)}` : parameter,
    )
    .replace(/(?<=:\/\/)[^\s/?#]+(?=@)/g, hashed)
    .replace(minted, hashed)
}

/** Characters of one entry: a body of a megabyte is no form that anybody wants to read again. */
const longestEntry = 8000

/**
 * Parameters for the journal. A parameter sent twice is shown with both values, joined by a
 * comma. What is very long is cut.
 */
export function journalFields(parameters: URLSearchParams): Readonly<Record<string, string>> {
  const fields = new Map<string, string>()
  let room = longestEntry
  for (const [name, value] of parameters) {
    if (room <= 0) break
    const shown = secretNames.has(name) && value !== '' ? hashed(value) : withInnerSecretsHashed(value).slice(0, room)
    const before = fields.get(name)
    fields.set(name.slice(0, room), before === undefined ? shown : `${before}, ${shown}`)
    room -= name.length + shown.length
  }
  return Object.fromEntries(fields)
}
