import { countOf, invalid, isRecord, textOf } from '../input.ts'
import { deviceFaults } from './device-faults.ts'
import { codeGrantFaults, refreshGrantFaults, revokeFaults } from './grant-faults.ts'
import { networkFaults } from './network-faults.ts'
import { surfaces } from './surface.ts'
import { sessionFaults, transferFaults } from './upload-faults.ts'
import type { FaultRow, Surface } from './surface.ts'

/** Every fault by name. */
const faultTable = {
  ...networkFaults,
  ...codeGrantFaults,
  ...refreshGrantFaults,
  ...revokeFaults,
  ...deviceFaults,
  ...transferFaults,
  ...sessionFaults,
}
type FaultName = keyof typeof faultTable

/** A fault waiting to happen: it lets `after` matching requests pass, then strikes `times` times. */
export interface ArmedFault {
  on: Surface
  fault: FaultName
  times: number
  after: number
  /** For faults that need a duration. */
  seconds?: number
  /** For faults that need a place in a body. */
  bytes?: number
}

/** A fault that strikes now: the row of its table, and what it was armed with. */
type Strike<Row> = Row & { seconds: number | undefined; bytes: number | undefined }

/** The one place where faults are armed and taken. */
export interface Faults {
  arm(fault: ArmedFault): void
  /** The fault of that table which strikes this request, if any; faults of other tables are neither taken nor counted. */
  take<Row extends FaultRow>(on: Surface, table: Readonly<Record<string, Row>>): Strike<Row> | undefined
  armed(): ArmedFault[]
  reset(): void
}

const names = Object.keys(faultTable).filter((name): name is FaultName => Object.hasOwn(faultTable, name))

/** No fault armed. */
export function createFaults(): Faults {
  let armed: ArmedFault[] = []
  return {
    arm: (fault) => armed.push({ ...fault }),
    take: (on, table) => {
      for (const fault of armed) {
        const row = Object.hasOwn(table, fault.fault) ? table[fault.fault] : undefined
        if (!row || !strikes(fault.on, on)) continue
        if (fault.after > 0) {
          fault.after -= 1
          continue
        }
        fault.times -= 1
        if (fault.times <= 0) armed = armed.filter((other) => other !== fault)
        return { ...row, seconds: fault.seconds, bytes: fault.bytes }
      }
      return undefined
    },
    armed: () => armed.map((fault) => ({ ...fault })),
    reset: () => {
      armed = []
    },
  }
}

function strikes(armedOn: Surface, surface: Surface): boolean {
  return armedOn === surface || (armedOn === 'drive' && surface === 'upload')
}

/**
 * Reads `{"on","fault","times"?,"after"?,"seconds"?,"bytes"?}`. Without `times` a fault strikes once.
 *
 * @throws RangeError for an unknown name, or a fault that makes no sense there; the message lists what does.
 */
export function readFault(value: unknown): ArmedFault {
  if (!isRecord(value)) throw invalid('a fault is an object {"on","fault","times"?,"after"?,"seconds"?,"bytes"?}')
  const on = surfaces.find((name) => name === textOf(value, 'on'))
  if (!on) throw invalid(`"on" must be one of ${surfaces.join(', ')}`)
  const fault = names.find((name) => name === textOf(value, 'fault'))
  if (!fault) throw invalid(`"fault" must be one of ${names.join(', ')}`)
  const where: readonly Surface[] = faultTable[fault].on
  if (!where.includes(on)) throw invalid(`${fault} works on ${where.join(', ')} only`)
  const times = countOf(value, 'times', 1_000_000_000) ?? 1
  if (times === 0) throw invalid('"times" must be at least 1')
  const seconds = countOf(value, 'seconds', 1_000_000_000)
  const bytes = countOf(value, 'bytes', 1_000_000_000_000)
  return {
    on,
    fault,
    times,
    after: countOf(value, 'after', 1_000_000_000) ?? 0,
    ...(seconds !== undefined && { seconds }),
    ...(bytes !== undefined && { bytes }),
  }
}

/** What `GET /emulator/v1/faults` shows: the names, where each works, and what is armed. */
export function faultReport(faults: Faults): { faults: (FaultRow & { fault: string })[]; armed: ArmedFault[] } {
  return {
    faults: names.map((name) => ({ fault: name, on: faultTable[name].on, does: faultTable[name].does })),
    armed: faults.armed(),
  }
}
