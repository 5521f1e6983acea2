import type { AccessToken } from './state.ts'

/**
 * A resumable upload (evidence B10). Plain data, so that it can be written to a file. Mutable: each
 * part that arrives changes it.
 */
export interface UploadSession {
  readonly id: string
  /** The file to change; undefined when one is to be created. */
  readonly fileId: string | undefined
  metadata: Record<string, unknown>
  readonly mimeType: string
  /** Parameters of the request that opened it: `fields`, `addParents`, … */
  readonly query: string
  /** Whose word counts, also after it has expired: the address of the session is all that the other requests need. */
  readonly token: AccessToken
  /** Length of the whole content, once it has been said. */
  length: number | undefined
  /** What is stored, in blocks of 256 KiB. */
  blocks: Buffer[]
  cancelled: boolean
  /** What the last chunk was answered with. */
  answer: string | undefined
  readonly expiresAtMs: number
}
