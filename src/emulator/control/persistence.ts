import { createHash, randomBytes } from 'node:crypto'
import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import type { ArmedFault } from '../faults/faults.ts'
import type { SavedKeys } from '../keys/keys.ts'
import type { LocalGoogle } from '../local-google.ts'
import { invalid, isRecord } from '../records/input.ts'
import { createState, type State } from '../records/state.ts'

/** Everything of an emulator that outlives its process. */
export interface SavedState {
  readonly format: typeof format
  readonly state: State
  readonly keys: SavedKeys
  readonly mintSecret: Uint8Array
  /** How much of the seeded randomness was used, so that no code comes twice. */
  readonly randomTaken: number
  readonly clockOffsetMs: number
  readonly faults: readonly ArmedFault[]
}

/** Changes when State does: an old file is refused rather than misread. */
const format = 'gsa-emulator 1'

/** A file that follows a running emulator. */
export interface Persistence {
  /** Something may have changed: writes soon, if it did. */
  readonly changed: () => void
  /** Writes what is not written yet. */
  readonly flush: () => Promise<void>
}

/**
 * What a file holds; undefined when there is none.
 * @throws RangeError when it is no such file, or the error of reading it.
 */
export async function readSavedState(file: string): Promise<SavedState | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const problem = `${file} was not written by this version of the emulator; delete it to start anew`
  let value: unknown
  try {
    value = deserialize(bytes)
  } catch {
    throw invalid(problem)
  }
  if (!isSavedState(value)) throw invalid(problem)
  return value
}

function isSavedState(value: unknown): value is SavedState {
  if (!isRecord(value) || value['format'] !== format) return false
  const { state, keys, mintSecret, faults } = value
  const members = Object.keys(createState([]))
  return (
    isRecord(state) &&
    members.every((name) => name in state) &&
    isRecord(keys) &&
    mintSecret instanceof Uint8Array &&
    Array.isArray(faults)
  )
}

const delayMs = 200

/**
 * Keeps `file` up to date: at most one write at a time, a fifth of a second after a change,
 * always a whole file (mode 0600).
 */
export function persistTo(file: string, google: LocalGoogle): Persistence {
  let timer: NodeJS.Timeout | undefined
  let written = ''
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const bytes = serialize(await savedState(google))
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (written === digest) return
    await replaceFile(file, bytes)
    written = digest
  }
  const next = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write)
    await writing
  }
  return {
    changed: () => {
      timer ??= setTimeout(() => {
        next().catch(() => {
          // A full disk shows again, and loudly, when the emulator is closed.
          writing = Promise.resolve()
        })
      }, delayMs).unref()
    },
    flush: next,
  }
}

/** Writes beside it and renames: a file is whole, new, and for its owner only. A link is followed. */
async function replaceFile(file: string, bytes: Buffer): Promise<void> {
  const target = await realpath(file).catch(() => file)
  const temporary = `${target}.${randomBytes(6).toString('hex')}.new`
  try {
    await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600, flush: true })
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function savedState(google: LocalGoogle): Promise<SavedState> {
  return {
    format,
    keys: await google.keys.saved(),
    state: google.state,
    mintSecret: google.mint.secret,
    randomTaken: google.random.taken(),
    clockOffsetMs: google.clock.offset(),
    faults: google.faults.armed(),
  }
}
