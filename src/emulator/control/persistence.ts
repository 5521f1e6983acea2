import { createHash, randomBytes } from 'node:crypto'
import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import type { ArmedFault } from '../faults/faults.ts'
import type { SavedKeys } from '../keys/keys.ts'
import type { LocalGoogle } from '../local-google.ts'
import { invalid, isRecord } from '../records/input.ts'
import { createState, type State } from '../records/state.ts'

/** All state of an emulator that outlives its process. */
export interface SavedState {
  readonly format: typeof format
  readonly state: State
  readonly keys: SavedKeys
  readonly mintSecret: Uint8Array
  /** The amount of seeded randomness already used, so that no code is issued twice. */
  readonly randomTaken: number
  readonly clockOffsetMs: number
  readonly faults: readonly ArmedFault[]
}

/** Changes whenever State does: an old file is refused rather than misread. */
const format = 'gsa-emulator 1'

/** A file that is kept up to date with a running emulator. */
export interface Persistence {
  /** Call it when something may have changed: writes soon if anything did. */
  readonly changed: () => void
  /** Writes pending changes immediately. */
  readonly flush: () => Promise<void>
}

/**
 * Returns the saved state in a file, or undefined if there is no file.
 * @throws RangeError when the file is not a saved state, or the error from reading it.
 */
export async function readSavedState(file: string): Promise<SavedState | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    // Not `instanceof Error`: Jest gives modules another Error than node:fs throws.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const problem = `${file} was not written by this version of the emulator; delete it to start over`
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
 * Keeps `file` up to date: at most one write at a time, 0.2 seconds after a change, always a complete file (mode 0600).
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
          // If the disk is full, the final write on close fails too, and reports it.
          writing = Promise.resolve()
        })
      }, delayMs).unref()
    },
    flush: next,
  }
}

/**
 * Writes a temporary file and renames it, so the file is always complete, new and readable by its owner only. Follows
 * links.
 */
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
