import { countOf, invalid, isRecord, textOf } from '../input.ts'

/** The parts of the emulator that a fault can sit on. */
const surfaces = ['authorize', 'token', 'certs', 'drive', 'revoke', 'discovery', 'userinfo', 'tokeninfo'] as const
export type Surface = (typeof surfaces)[number]

/**
 * Every fault by name. `response` faults stand in for the answer and the request is not carried out; `grant` faults change
 * what the token endpoint puts into an otherwise good answer.
 */
const faultTable = {
  'http-500': { stage: 'response', on: surfaces, does: 'answers 500' },
  'http-503': { stage: 'response', on: surfaces, does: 'answers 503' },
  reset: { stage: 'response', on: surfaces, does: 'resets the connection' },
  hang: { stage: 'response', on: surfaces, does: 'never answers' },
  'no-refresh-token': { stage: 'grant', on: ['token'], does: 'leaves the refresh token out of a code grant' },
  'rotate-refresh-token': {
    stage: 'grant',
    on: ['token'],
    does: 'a refresh grant returns a new refresh token and kills the old',
  },
} as const satisfies Record<string, { stage: 'response' | 'grant'; on: readonly Surface[]; does: string }>

export type FaultName = keyof typeof faultTable

/** A fault waiting to happen: it lets `after` matching requests pass, then strikes `times` times. */
export interface ArmedFault {
  on: Surface
  fault: FaultName
  times: number
  after: number
}

/** The one place where faults are armed and taken. */
export interface Faults {
  arm(fault: ArmedFault): void
  /** The fault that strikes this request, if any; only names in `candidates` are considered, and counted. */
  take(on: Surface, candidates: readonly FaultName[]): FaultName | undefined
  armed(): ArmedFault[]
  reset(): void
}

const names = Object.keys(faultTable).filter((name): name is FaultName => Object.hasOwn(faultTable, name))

/** The faults that replace an answer. */
export const responseFaults = names.filter((name) => faultTable[name].stage === 'response')

/** No fault armed. */
export function createFaults(): Faults {
  let armed: ArmedFault[] = []
  return {
    arm: (fault) => armed.push({ ...fault }),
    take: (on, candidates) => {
      for (const fault of armed) {
        if (fault.on !== on || !candidates.includes(fault.fault)) continue
        if (fault.after > 0) {
          fault.after -= 1
          continue
        }
        fault.times -= 1
        if (fault.times <= 0) armed = armed.filter((other) => other !== fault)
        return fault.fault
      }
      return undefined
    },
    armed: () => armed.map((fault) => ({ ...fault })),
    reset: () => {
      armed = []
    },
  }
}

/**
 * Reads `{"on","fault","times"?,"after"?}`. Without `times` a fault strikes once.
 *
 * @throws RangeError for an unknown name, or a fault that makes no sense there; the message lists what does.
 */
export function readFault(value: unknown): ArmedFault {
  if (!isRecord(value)) throw invalid('a fault is an object {"on","fault","times"?,"after"?}')
  const on = surfaces.find((name) => name === textOf(value, 'on'))
  if (!on) throw invalid(`"on" must be one of ${surfaces.join(', ')}`)
  const fault = names.find((name) => name === textOf(value, 'fault'))
  if (!fault) throw invalid(`"fault" must be one of ${names.join(', ')}`)
  const where: readonly Surface[] = faultTable[fault].on
  if (!where.includes(on)) throw invalid(`${fault} works on ${where.join(', ')} only`)
  const times = countOf(value, 'times', 1_000_000_000) ?? 1
  if (times === 0) throw invalid('"times" must be at least 1')
  return { on, fault, times, after: countOf(value, 'after', 1_000_000_000) ?? 0 }
}

/** What `GET /emulator/v1/faults` shows: the names, where each works, and what is armed. */
export function faultReport(faults: Faults): unknown {
  return {
    faults: names.map((name) => ({ fault: name, on: faultTable[name].on, does: faultTable[name].does })),
    armed: faults.armed(),
  }
}
