import type { FaultRow } from './surface.ts'

/** A fault of a request that sends content to a session: how its body is stored and the request ends. */
export interface TransferFault extends FaultRow {
  /** The event after the first `bytes` bytes of the body, of which the whole blocks of 256 KiB are stored. */
  readonly ends: 'reset' | 'answer'
}

/** Faults of a transfer; status queries do not trigger them. */
export const transferFaults = {
  'upload-cut': {
    on: ['upload'],
    does: 'resets the connection after `bytes` bytes of content and stores the whole blocks of 256 KiB among them',
    ends: 'reset',
  },
  'upload-short': {
    on: ['upload'],
    does: 'stores the whole blocks of 256 KiB among the first `bytes` bytes of content and returns 308',
    ends: 'answer',
  },
} as const satisfies Record<string, TransferFault>

/** Faults of content that has arrived. */
export const contentFaults = {
  'upload-damaged': {
    on: ['upload'],
    does: 'stores uploaded content with one bit flipped and responds as if it were correct',
  },
} as const satisfies Record<string, FaultRow>

/** Faults of the session itself, triggered by any request to it. */
export const sessionFaults = {
  'upload-session-expired': { on: ['upload'], does: 'ends a resumable upload session: 404 from then on' },
} as const satisfies Record<string, FaultRow>
