/** The parts of the emulator that a fault can be armed on. Faults on `drive` also strike uploads. */
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
/** One of these parts. */
export type Surface = (typeof surfaces)[number]

/** Returns whether a part belongs to Drive, which has its own error format. */
export function isDrive(surface: Surface): boolean {
  return surface === 'drive' || surface === 'upload'
}

/** One row of a fault table: where it works and its effect, in a sentence without a subject. */
export interface FaultRow {
  readonly on: readonly Surface[]
  readonly does: string
}

/** The settings a fault was armed with, besides the counts. */
export interface FaultSettings {
  /** For faults that need a duration. */
  readonly seconds: number | undefined
  /** For faults that need a size or a position in a body. */
  readonly bytes: number | undefined
}

/** A fault that changes a value the emulator is about to send. */
export interface ChangeRow<Value> extends FaultRow {
  /**
   * Returns the changed value, or undefined if there is nothing to change. The fault then waits for a request where
   * there is.
   */
  readonly change: (value: Value, settings: FaultSettings) => Value | undefined
}
