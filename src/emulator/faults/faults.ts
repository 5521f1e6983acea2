import { countOf, invalid, isRecord, textOf } from '../records/input.ts'
import { authorizationErrorFaults, authorizationResponseFaults, redirectFaults } from './authorization-faults.ts'
import { clockFaults } from './clock-faults.ts'
import { deliveryFaults, replyFaults } from './delivery-faults.ts'
import { deviceFaults, deviceResponseFaults } from './device-faults.ts'
import { dpopFaults } from './dpop-faults.ts'
import { driveFaults } from './drive-faults.ts'
import { codeGrantFaults, refreshGrantFaults, revokeFaults } from './grant-faults.ts'
import { idTokenFaults } from './id-token-faults.ts'
import { networkFaults } from './network-faults.ts'
import { discoveryFaults, jwksFaults, publishedKeyFaults, signingKeyFaults, userinfoFaults } from './provider-faults.ts'
import { type ChangeRow, type FaultRow, type FaultSettings, type Surface, surfaces } from './surface.ts'
import { tokenFaults } from './token-faults.ts'
import { tokenResponseFaults } from './token-response-faults.ts'
import { contentFaults, sessionFaults, transferFaults } from './upload-faults.ts'

/** All fault tables. A name may be in two of them if they apply to different parts. */
const tables: readonly Readonly<Record<string, FaultRow>>[] = [
  networkFaults,
  replyFaults,
  deliveryFaults,
  clockFaults,
  authorizationErrorFaults,
  authorizationResponseFaults,
  redirectFaults,
  tokenFaults,
  dpopFaults,
  tokenResponseFaults,
  codeGrantFaults,
  refreshGrantFaults,
  idTokenFaults,
  signingKeyFaults,
  publishedKeyFaults,
  jwksFaults,
  discoveryFaults,
  userinfoFaults,
  deviceFaults,
  deviceResponseFaults,
  revokeFaults,
  driveFaults,
  transferFaults,
  contentFaults,
  sessionFaults,
]
const rows = tables.flatMap((table) =>
  Object.entries(table).map(([fault, { on, does }]): FaultRow & { readonly fault: string } => ({ fault, on, does })),
)

/**
 * An armed fault: it lets `after` matching requests pass, then strikes `times` times. Mutable: each matching request
 * counts down.
 */
export interface ArmedFault extends Partial<Record<keyof FaultSettings, number>> {
  readonly on: Surface
  readonly fault: string
  times: number
  after: number
}

/** A fault that strikes now: its table row and the settings it was armed with. */
type Strike<Row> = Row & FaultSettings

/** The single place where faults are armed and taken. */
export interface Faults {
  arm(fault: ArmedFault): void
  /**
   * Takes the first fault of the table that strikes this request, if any. Faults of other tables, and faults that do
   * not fit the request, are neither taken nor counted.
   */
  take<Row extends FaultRow>(
    on: Surface,
    table: Readonly<Record<string, Row>>,
    fits?: (row: Row) => boolean,
  ): Strike<Row> | undefined
  /** Applies every fault of the table that can change the value; faults of the same name change it once. */
  change<Value>(on: Surface, table: Readonly<Record<string, ChangeRow<Value>>>, value: Value): Value
  armed(): readonly ArmedFault[]
  reset(): void
  /** Returns the same faults, reporting the name of each that strikes through it to `struck`. */
  watched(struck: (fault: string) => void): Faults
}

/** Creates a fault registry with no armed faults. */
export function createFaults(): Faults {
  let armed: ArmedFault[] = []
  const sitting = <Row>(
    on: Surface,
    table: Readonly<Record<string, Row>>,
  ): readonly { readonly fault: ArmedFault; readonly row: Row }[] =>
    armed.flatMap((fault) => {
      const row = Object.hasOwn(table, fault.fault) ? table[fault.fault] : undefined
      return row !== undefined && reaches(fault.on, on) ? [{ fault, row }] : []
    })
  const strikesNow = (fault: ArmedFault): boolean => {
    if (fault.after > 0) {
      fault.after--
      return false
    }
    fault.times--
    if (fault.times <= 0) armed = armed.filter((other) => other !== fault)
    return true
  }
  const watched = (struck: (fault: string) => void): Faults => ({
    arm: (fault) => armed.push({ ...fault }),
    take: (on, table, fits = () => true) => {
      const found = sitting(on, table).find(({ fault, row }) => fits(row) && strikesNow(fault))
      if (found !== undefined) struck(found.fault.fault)
      return found === undefined ? undefined : { ...found.row, ...settingsOf(found.fault) }
    },
    change: (on, table, value) => {
      const names = new Set<string>()
      let result = value
      for (const { fault, row } of sitting(on, table)) {
        const changed = names.has(fault.fault) ? undefined : row.change(result, settingsOf(fault))
        if (changed === undefined || !strikesNow(fault)) continue
        names.add(fault.fault)
        struck(fault.fault)
        result = changed
      }
      return result
    },
    armed: () => armed.map((fault) => ({ ...fault })),
    reset: () => {
      armed = []
    },
    watched,
  })
  return watched(() => undefined)
}

function reaches(armedOn: Surface, surface: Surface): boolean {
  return armedOn === surface || (armedOn === 'drive' && surface === 'upload')
}

function settingsOf({ seconds, bytes }: ArmedFault): FaultSettings {
  return { seconds, bytes }
}

/**
 * Reads `{"on","fault","times"?,"after"?,"seconds"?,"bytes"?}`. Without `times`, a fault strikes once.
 * @throws RangeError for an unknown name, or a fault that does not work there; the message lists where it does.
 */
export function readFault(value: unknown): ArmedFault {
  if (!isRecord(value)) throw invalid('a fault must be an object {"on","fault","times"?,"after"?,"seconds"?,"bytes"?}')
  const on = surfaces.find((name) => name === textOf(value, 'on'))
  if (!on) throw invalid(`"on" must be one of ${surfaces.join(', ')}`)
  const fault = textOf(value, 'fault')
  if (!fault) throw invalid('"fault" must name a fault; GET /emulator/v1/faults lists all of them')
  const where = rows.filter((row) => row.fault === fault).flatMap((row) => row.on)
  if (where.length === 0) throw invalid(`there is no fault "${fault}"; GET /emulator/v1/faults lists all of them`)
  if (!where.includes(on)) throw invalid(`${fault} works only on ${where.join(', ')}`)
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

/** Returns the response to `GET /emulator/v1/faults`: the names, where each works, and the armed faults. */
export function faultReport(faults: Faults): {
  readonly faults: readonly (FaultRow & { readonly fault: string })[]
  readonly armed: readonly ArmedFault[]
} {
  return { faults: rows, armed: faults.armed() }
}
