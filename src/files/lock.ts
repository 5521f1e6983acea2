import { hostname } from 'node:os'
import { monotonicMs } from '../core/monotonic-ms.ts'
import { noticeOfWait } from '../core/notice-of-wait.ts'
import { Failure, fileProblem } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'
import { createLockFile, type FoundFile, type HeldFile, isLetGo, lookAtLockFile, removeLockFile } from './lock-file.ts'
import { isRunning, pidNamespace, startOf } from './process-state.ts'

/** The options for waiting for a lock. */
export interface LockOptions {
  /** The work under the lock, for messages: `the list of accounts`, `a refresh for ada@example.com`. */
  readonly purpose: string
  readonly signal: AbortSignal
  /** Called once, with a sentence, when the wait becomes noticeable. */
  readonly onWait?: ((sentence: string) => void) | undefined
  /** For work that may take an hour: throws this instead of waiting for a held lock. */
  readonly busy?: ((owner: string) => Failure) | undefined
}

/** A held lock. */
export interface HeldLock {
  /**
   * Call it right before work that two processes must not do at the same time.
   * @throws Failure `lock_lost` if another machine took over the lock while this one was suspended
   */
  confirm(): void
}

/** A lock's owner, as written in its file. */
interface Owner {
  readonly pid: number
  /** The process's start, see {@link startOf}. */
  readonly started: string | null
  /** The machine and pid namespace of `pid`. */
  readonly host: string
  /** Whether the kernel tracks the holder. */
  readonly kernel: boolean
}

/** Longer than the longest work under a lock: a token request with its retries, and a slow keychain. */
const longestWaitMs = 150_000
// An owner on another machine (a shared home) or in another container cannot be checked, so the file's age decides.
// Living owners refresh it.
const silentOwnerMs = 300_000
const touchEveryMs = 30_000
const unfinishedFileMs = 2_000

/**
 * Runs work while no other process does. The lock is a file that names its owner. A dead owner's lock is taken over
 * immediately, so a killed process blocks no other process. The folder must exist. Waits at most 150 seconds.
 *
 * On Linux, the process's number, start time and state show whether an owner lives; on Windows and macOS, a kernel lock
 * that ends with the process. Neither mistakes a suspended process for a dead one. For other machines only the file's
 * age is known, so {@link HeldLock.confirm} exists.
 * @throws Failure `lock_busy`, `config_unusable`, `interrupted`, what `busy` returns, and what `work` throws
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
  const notice = noticeOfWait(onWait)
  for (const started = monotonicMs(); ;) {
    const held = create(file)
    if (held !== undefined) return held
    const found = lookAtLockFile(file)
    if (found !== undefined && isAbandoned(file, found)) {
      removeLockFile(file, () => {
        const again = lookAtLockFile(file)
        return again !== undefined && again.text === found.text && isAbandoned(file, again)
      })
      // If another process is removing it, do not spin.
      await pause(1, signal)
      continue
    }
    const waitedMs = monotonicMs() - started
    const owner = ownerName(found?.text)
    if (busy !== undefined && found !== undefined && !isUnfinished(found)) throw busy(owner)
    if (waitedMs > longestWaitMs) throw new Failure('lock_busy', { purpose, owner, file })
    notice(waitedMs, () => `Waiting for ${owner}, which is busy with ${purpose} …`)
    await pause(10 + Math.random() * 30, signal)
  }
}

/** Creates the lock file with its owner in it; undefined if one exists. @throws Failure `config_unusable` */
function create(file: string): HeldFile | undefined {
  try {
    const held = createLockFile(file)
    try {
      held?.write(JSON.stringify({ ...self(), kernel: held.isKernelLocked, serial: ++serial }))
    } catch (error) {
      // A lock without an owner would only block others.
      held?.release()
      throw error
    }
    return held
  } catch (error) {
    throw new Failure('config_unusable', { path: file, problem: fileProblem(error) }, { cause: error })
  }
}

// Distinguishes the locks of one process.
let serial = 0

/** Returns whether the owner is not yet written, or was killed right there. */
function isUnfinished({ text }: FoundFile): boolean {
  // On Windows, a file that another process holds is unreadable.
  return text !== undefined && parseOwner(text) === undefined
}

function isAbandoned(file: string, { text, ageMs }: FoundFile): boolean {
  // On Windows, a file that another process holds is unreadable.
  if (text === undefined) return false
  const owner = parseOwner(text)
  if (owner === undefined) return ageMs > unfinishedFileMs
  const me = self()
  if (owner.host !== me.host) return ageMs > silentOwnerMs
  if (owner.kernel) return isLetGo(file)
  if (owner.pid === me.pid && owner.started !== me.started) return true
  if (!isRunning(owner.pid)) return true
  const started = startOf(owner.pid)
  // The process may be the owner, or a later one with the same number.
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
