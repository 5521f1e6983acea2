import type { JournalEntry } from './journal.ts'

/** The parameter that carries a sign-in's id from its first page to its form, as at Google. */
export const signInParameter = 'dsh'

/** A request that belongs to a sign-in, and what the journal does not say about it. */
export interface SignInRequest {
  readonly signIn: string
  readonly entry: JournalEntry
  /** The lengths of the secrets that the journal hashes, by the name of their parameter or header. */
  readonly lengths: Readonly<Record<string, number>>
  /** The public members of the response, and the lengths of the others. Mutable: set when there is a response. */
  members: Readonly<Record<string, string | number>>
  /** The time until there was a response. Mutable: see `members`. */
  tookMs: number
}

/** A code that an SDK gave to an app, without a request. */
export interface SignInCode {
  readonly signIn: string
  /** RFC 3339, by the emulator's clock. */
  readonly time: string
  readonly platform: string
  readonly clientId: string
  readonly account: string
  readonly scope: string
  readonly redirectUri: string
  readonly codeLength: number
}

/** One event of a sign-in. */
export type SignInEvent = SignInRequest | SignInCode

/** The latest sign-ins: what happened in each, and which codes and tokens came of it. Not persisted. */
export interface SignIns {
  /** Returns the id of a new sign-in. */
  begin(): string
  /** Remembers that a code or a token belongs to a sign-in, even after it was used or revoked. */
  remember(credential: string, signIn: string | undefined): void
  /** Returns the sign-in of a code or a token; also that of its own id. */
  of(credential: string): string | undefined
  add(event: SignInEvent): void
  /** Oldest first. */
  events(): readonly SignInEvent[]
  reset(): void
}

/** Bounded like the journal. */
const kept = 10_000
/** Longer than any code or token; only such values are remembered. */
const longestCredential = 512

/** Returns an empty list of sign-ins, which draws their ids from `random`. */
export function createSignIns(random: (bytes: number) => Buffer): SignIns {
  let events: SignInEvent[] = []
  // Two generations: forgetting the older one is cheaper than deleting one entry at a time.
  let credentials = new Map<string, string>()
  let older = new Map<string, string>()
  const remember: SignIns['remember'] = (credential, signIn) => {
    if (signIn === undefined || credential === '' || credential.length > longestCredential) return
    credentials.set(credential, signIn)
    if (credentials.size < kept) return
    older = credentials
    credentials = new Map()
  }
  return {
    begin: () => {
      const id = random(8).toString('hex')
      remember(id, id)
      return id
    },
    remember,
    of: (credential) => credentials.get(credential) ?? older.get(credential),
    add: (event) => {
      events.push(event)
      if (events.length > kept + 1000) events = events.slice(-kept)
    },
    events: () => events.slice(-kept),
    reset: () => {
      events = []
      credentials = new Map()
      older = new Map()
    },
  }
}
