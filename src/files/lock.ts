import { hostname } from 'node:os'
import { monotonicMs } from '../core/monotonic-ms.ts'
import { Failure, fileProblem } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'
import { createLockFile, type FoundFile, type HeldFile, isLetGo, lookAtLockFile, removeLockFile } from './lock-file.ts'
import { isRunning, pidNamespace, startOf } from './process-state.ts'

/** How to wait for a lock. */
export interface LockOptions {
  /** What is done under the lock, for messages: `the list of accounts`, `a refresh for ada@example.com`. */
  readonly purpose: string
  readonly signal: AbortSignal
  /** Told once, in a sentence, when the wait is long enough to be felt. */
  readonly onWait?: ((sentence: string) => void) | undefined
  /** For what may take an hour: do not wait for a lock that is held, but throw this. */
  readonly busy?: ((owner: string) => Failure) | undefined
}

/** The lock while it is held. */
export interface HeldLock {
  /**
   * Call it right before what must not be done by two.
   * @throws Failure `lock_lost` where another machine took the lock over while this one slept
   */
  confirm(): void
}

/** Who holds a lock, as written in its file. */
interface Owner {
  readonly pid: number
  /** When the process started, see {@link startOf}. */
  readonly started: string | null
  /** The machine and the pid namespace that `pid` is of. */
  readonly host: string
  /** Whether the kernel says if anybody holds it. */
  readonly kernel: boolean
}

/**
 * Longer than the longest thing that is done under a lock: a token request with its retries,
 * and a keychain that is slow.
 */
const longestWaitMs = 150_000
const feltAfterMs = 1_000
// An owner on another machine (a shared home) or in another container cannot be asked; its age decides.
// A living one keeps it young.
const silentOwnerMs = 300_000
const touchEveryMs = 30_000
const unfinishedFileMs = 2_000

/**
 * Does something while no other process does it. The lock is a file that names its owner; one whose owner is dead is
 * taken over at once, so a killed process blocks nobody. Its folder must exist. Waits at most 150 seconds.
 *
 * Whether an owner lives: Linux tells by its number, its start time and its state; Windows and macOS by a kernel lock
 * that ends with the process. Neither mistakes a suspended process for a dead one. Of other machines only the age of
 * the file is known, which is why {@link HeldLock.confirm} exists.
 * @throws Failure `lock_busy`, `config_unusable`, `interrupted`, what `busy` makes, and what `work` throws
 */
export async function withLock<T>(
  file: string,
  options: LockOptions,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const held = await acquire(file, options)
  const touching = setInterval(() => held.touch(), touchEveryMs)
  touching.unref()
  try {
    return await work({
      confirm() {
        if (!held.isInPlace()) throw new Failure('lock_lost', { purpose: options.purpose })
      },
    })
  } finally {
    clearInterval(touching)
    held.release()
  }
}

async function acquire(file: string, { purpose, signal, onWait, busy }: LockOptions): Promise<HeldFile> {
  let said = false
  for (const started = monotonicMs(); ;) {
    const held = create(file)
    if (held !== undefined) return held
    const found = lookAtLockFile(file)
    if (found !== undefined && isAbandoned(file, found)) {
      removeLockFile(file, () => {
        const again = lookAtLockFile(file)
        return again !== undefined && again.text === found.text && isAbandoned(file, again)
      })
      // Where another process is at it: not in a circle without a pause.
      await pause(1, signal)
      continue
    }
    const waitedMs = monotonicMs() - started
    const owner = ownerName(found?.text)
    // Where none was found, the one that held it has just let go.
    if (busy !== undefined && found !== undefined) throw busy(owner)
    if (waitedMs > longestWaitMs) throw new Failure('lock_busy', { purpose, owner, file })
    if (waitedMs > feltAfterMs && !said) {
      said = true
      onWait?.(`Waiting for ${owner}, which does ${purpose} …`)
    }
    await pause(10 + Math.random() * 30, signal)
  }
}

/** Makes the lock file with its owner in it; undefined where there is one. @throws Failure `config_unusable` */
function create(file: string): HeldFile | undefined {
  try {
    const held = createLockFile(file)
    try {
      held?.write(JSON.stringify({ ...self(), kernel: held.isKernelLocked, serial: ++serial }))
    } catch (error) {
      // A lock without an owner in it would only be in everybody's way.
      held?.release()
      throw error
    }
    return held
  } catch (error) {
    throw new Failure('config_unusable', { path: file, problem: fileProblem(error) }, { cause: error })
  }
}

// Tells the locks of one process apart.
let serial = 0

function isAbandoned(file: string, { text, ageMs }: FoundFile): boolean {
  // Windows reads no file that another process holds.
  if (text === undefined) return false
  const owner = parseOwner(text)
  // Between creation and the writing of the owner's name, or killed right there.
  if (owner === undefined) return ageMs > unfinishedFileMs
  const me = self()
  if (owner.host !== me.host) return ageMs > silentOwnerMs
  if (owner.kernel) return isLetGo(file)
  if (owner.pid === me.pid && owner.started !== me.started) return true
  if (!isRunning(owner.pid)) return true
  const started = startOf(owner.pid)
  // It may be the owner, or a later process with its number.
  if (started === null || owner.started === null) return ageMs > silentOwnerMs
  return started !== owner.started
}

function ownerName(text: string | undefined): string {
  const owner = text === undefined ? undefined : parseOwner(text)
  return owner === undefined ? 'another gsa' : `another gsa (process ${owner.pid})`
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, started, host, kernel } = JSON.parse(text) as Partial<Owner>
    if (!Number.isSafeInteger(pid) || Number(pid) < 1 || typeof host !== 'string') return undefined
    return {
      pid: pid as number,
      started: typeof started === 'string' ? started : null,
      host,
      kernel: kernel === true,
    }
  } catch {
    return undefined
  }
}

let known: Omit<Owner, 'kernel'> | undefined

function self(): Omit<Owner, 'kernel'> {
  known ??= { pid: process.pid, started: startOf(process.pid), host: `${hostname()} ${pidNamespace()}` }
  return known
}
