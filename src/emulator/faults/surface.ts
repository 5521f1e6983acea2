/** The parts of the emulator that a fault can sit on. What sits on `drive` strikes uploads as well. */
export const surfaces = [
  'authorize',
  'token',
  'device',
  'certs',
  'drive',
  'upload',
  'revoke',
  'discovery',
  'userinfo',
  'tokeninfo',
] as const
/** One of them. */
export type Surface = (typeof surfaces)[number]

/** Whether a part belongs to Drive, whose errors are written in Drive's way. */
export function isDrive(surface: Surface): boolean {
  return surface === 'drive' || surface === 'upload'
}

/** One row of a table of faults: where it can sit and what it does, in a sentence without a subject. */
export interface FaultRow {
  readonly on: readonly Surface[]
  readonly does: string
}

/** What a fault was armed with, beside the counts. */
export interface FaultSettings {
  /** For faults that need a duration. */
  readonly seconds: number | undefined
  /** For faults that need a size or a place in a body. */
  readonly bytes: number | undefined
}

/** A fault that changes something the emulator is about to send. */
export interface ChangeRow<Value> extends FaultRow {
  /**
   * The changed value; undefined when there is nothing in it to change, and then the fault waits
   * for a request where there is.
   */
  readonly change: (value: Value, settings: FaultSettings) => Value | undefined
}
