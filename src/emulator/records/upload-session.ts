import type { AccessToken } from './state.ts'

/** A resumable upload (evidence B10). Plain data, so that it can be saved to a file. Mutable: each chunk changes it. */
export interface UploadSession {
  readonly id: string
  /** The file to change; undefined to create one. */
  readonly fileId: string | undefined
  metadata: Record<string, unknown>
  readonly mimeType: string
  /** The `Origin` of the request that opened it: pages of this origin may use the session. */
  readonly origin: string | undefined
  /** Parameters of the request that opened it: `fields`, `addParents`, … */
  readonly query: string
  /** The token that authorizes the session, even after it expires: later requests need only the session URI. */
  readonly token: AccessToken
  /** The length of the whole content, once announced. */
  length: number | undefined
  /** The stored content, in blocks of 256 KiB. */
  blocks: Buffer[]
  cancelled: boolean
  /** The response to the last chunk. */
  answer: string | undefined
  readonly expiresAtMs: number
}
