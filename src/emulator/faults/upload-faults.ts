import type { FaultRow } from './surface.ts'

/** A fault of a request that sends content to a session: how its body is stored and answered. */
export interface TransferFault extends FaultRow {
  /** What happens after the first `bytes` bytes of the body; the part of them that is a multiple of 256 KiB is kept. */
  readonly ends: 'reset' | 'answer'
}

/** Faults of a transfer; a status query lets them wait. */
export const transferFaults = {
  'upload-cut': {
    on: ['upload'],
    does: 'resets the connection after "bytes" bytes of content, of which whole blocks of 256 KiB are kept',
    ends: 'reset',
  },
  'upload-short': {
    on: ['upload'],
    does: 'keeps whole blocks of 256 KiB of the first "bytes" bytes of content, and answers 308',
    ends: 'answer',
  },
} as const satisfies Record<string, TransferFault>

/** Faults of content that has arrived. */
export const contentFaults = {
  'upload-damaged': {
    on: ['upload'],
    does: 'stores uploaded content with one bit changed, and answers as if it were right',
  },
} as const satisfies Record<string, FaultRow>

/** Faults of the session itself, at any request to it. */
export const sessionFaults = {
  'upload-session-expired': { on: ['upload'], does: 'ends a resumable upload session: 404 from now on' },
} as const satisfies Record<string, FaultRow>
