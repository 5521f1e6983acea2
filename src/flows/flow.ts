/** A party of a flow. `app` obtains codes, and `backend` redeems them where gsa does not. */
export type PartyId = 'app' | 'browser' | 'backend' | 'gsa' | 'server'

/** A lane of the picture. */
export interface Party {
  readonly id: PartyId
  readonly name: string
  /** More about it, such as the address of a server that is not Google's. */
  readonly detail?: string
}

/** A section of a specification, or a page of Google's documentation. */
export interface Specification {
  /** Such as `RFC 6749 section 4.1.3`. */
  readonly name: string
  readonly url: string
}

/** One value of a message. A secret is described by its kind and length; nothing holds the secret itself. */
export interface FlowField {
  readonly name: string
  /** Absent for a secret. */
  readonly value?: string
  readonly secret?: { readonly kind: string; readonly length: number }
  /** The part of the message that has it. */
  readonly place: 'query' | 'form' | 'header' | 'body' | 'fragment' | 'detail'
  /** Its purpose; absent if gsa does not know it. */
  readonly meaning?: string
  /** The decoded content: the header and the claims of a signed token, the members of an error. */
  readonly contents?: readonly FlowField[]
}

/** Something that was checked. */
export interface FlowCheck {
  /** The rule, such as `iss names the issuer`. */
  readonly what: string
  readonly result: 'passed' | 'failed' | 'not checked'
  /** The value that was found, or why it was not checked. */
  readonly detail?: string
  readonly specification?: Specification
}

/** One arrow of the picture, or work inside one party. */
export interface FlowStep {
  /** 1 for the first. */
  readonly number: number
  /** Milliseconds since the flow began. */
  readonly atMs: number
  readonly from: PartyId
  /** The same as `from` for work inside one party. */
  readonly to: PartyId
  /** `unseen`: it must have happened, but the writer of this flow could not see it. */
  readonly kind: 'request' | 'response' | 'message' | 'work' | 'unseen'
  /** The step's name in data, such as `token-request`. */
  readonly name: string
  readonly title: string
  /** Its purpose, in a sentence or two. */
  readonly purpose: string
  readonly specifications: readonly Specification[]
  /** The first line of an HTTP message: `POST https://…/token`, or `200`. */
  readonly line?: string
  /** For a response: how long it took, in milliseconds. */
  readonly tookMs?: number
  readonly isError?: boolean
  readonly fields: readonly FlowField[]
  readonly checks: readonly FlowCheck[]
  /** The names of the emulator's faults that struck it. */
  readonly faults?: readonly string[]
  /** How often this step and the next one happened, if more than once: polls. */
  readonly times?: number
}

/** How a flow ended. */
export interface FlowOutcome {
  readonly result: 'succeeded' | 'failed' | 'unfinished'
  /** The result in a sentence. */
  readonly text: string
  /** The next thing to do. */
  readonly fix?: string
  /** A failure's code and the exit code. */
  readonly code?: string
  readonly exitCode?: number
  /** The number of the step where it stopped. */
  readonly step?: number
}

/** A run of an OAuth flow: what was sent and came back, what it is for, and what was checked. Plain JSON data. */
export interface Flow {
  readonly version: 1
  /** Such as `gsa exchange`. */
  readonly title: string
  /** The purpose of the whole flow, in a sentence or two. */
  readonly purpose: string
  /** The command that was typed, without secrets. */
  readonly command?: string
  /** Such as `gsa 0.1.0`. */
  readonly writer: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly tookMs: number
  readonly parties: readonly Party[]
  readonly outcome: FlowOutcome
  readonly steps: readonly FlowStep[]
}
