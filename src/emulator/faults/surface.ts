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
export type Surface = (typeof surfaces)[number]

/** One row of a table of faults: where it can sit and what it does, in a sentence without a subject. */
export interface FaultRow {
  on: readonly Surface[]
  does: string
}
