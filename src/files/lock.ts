import { closeSync, mkdirSync, openSync, readFileSync, readlinkSync, rmSync, statSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Failure, fileProblem } from '../failures/index.ts'
import { monotonicMs } from '../http/monotonic-ms.ts'
import { pause } from '../http/interruption.ts'

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

/** Who holds a lock, as written in its file. */
interface Owner {
  readonly pid: number
  /** When the process started, in the kernel's own unit; tells a reused pid. null where it cannot be known. */
  readonly started: string | null
  /** The machine and the pid namespace that `pid` is of. */
  readonly host: string
}

/** Longer than the longest thing that is done under a lock: a token request with its retries, and a keychain that is slow. */
const longestWaitMs = 150_000
const feltAfterMs = 1_000
// An owner on another machine (a shared home) or without a readable name cannot be asked; its age decides.
const silentOwnerMs = 300_000
const unfinishedFileMs = 2_000

/**
 * Does something while no other process does it. The lock is a file that names its owner; one whose owner is dead is
 * taken over at once, so a killed process blocks nobody. Waits at most 150 seconds.
 * @throws Failure `lock_busy`, `config_unusable`, `interrupted`, what `busy` makes, and what `work` throws
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify(self())
  await acquire(file, mine, options)
  try {
    return await work()
  } finally {
    if (read(file) === mine) rmSync(file, { force: true })
  }
}

async function acquire(file: string, mine: string, { purpose, signal, onWait, busy }: LockOptions): Promise<void> {
  let said = false
  for (const started = monotonicMs(); !create(file, mine);) {
    const text = read(file)
    if (text !== undefined && isAbandoned(file, text)) {
      takeAway(file, text)
      continue
    }
    const waitedMs = monotonicMs() - started
    const owner = ownerName(text)
    // Without a text, the one that held it has just let go.
    if (busy !== undefined && text !== undefined) throw busy(owner)
    if (waitedMs > longestWaitMs) throw new Failure('lock_busy', { purpose, owner, file })
    if (waitedMs > feltAfterMs && !said) {
      said = true
      onWait?.(`Waiting for ${owner}, which does ${purpose} …`)
    }
    await pause(10 + Math.random() * 30, signal)
  }
}

/** Creates the lock file with its owner in it; false where it exists. */
function create(file: string, mine: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const descriptor = openSync(file, 'wx', 0o600)
    try {
      writeSync(descriptor, mine)
    } catch (error) {
      // A lock without an owner in it would only be in everybody's way.
      rmSync(file, { force: true })
      throw error
    } finally {
      closeSync(descriptor)
    }
    return true
  } catch (error) {
    // EEXIST of mkdir means that a part of the path is a file; that of open names the lock.
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && syscall === 'open') return false
    throw new Failure('config_unusable', { path: file, problem: fileProblem(error) }, { cause: error })
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isAbandoned(file: string, text: string): boolean {
  const owner = parseOwner(text)
  const ageMs = ageOf(file)
  // Between creation and the writing of the owner's name, or killed right there.
  if (owner === undefined) return ageMs > unfinishedFileMs
  const me = self()
  if (owner.host !== me.host) return ageMs > silentOwnerMs
  if (owner.pid === me.pid) return owner.started !== me.started
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true
  }
  const started = startOf(owner.pid)
  return started !== null && owner.started !== null && started !== owner.started
}

/**
 * Removes an abandoned lock. Of those who find it abandoned, one may remove it, and only while it is still the same:
 * otherwise a slow one would remove the fresh lock of a fast one.
 */
function takeAway(file: string, abandoned: string): void {
  const permit = `${file}.takeover`
  try {
    closeSync(openSync(permit, 'wx', 0o600))
  } catch {
    // Somebody else is at it, or was killed within these few instructions.
    if (ageOf(permit) > unfinishedFileMs) rmSync(permit, { force: true })
    return
  }
  try {
    if (read(file) === abandoned) rmSync(file, { force: true })
  } finally {
    rmSync(permit, { force: true })
  }
}

function ageOf(file: string): number {
  try {
    // A clock that was set back makes files of the future; they are no younger for it.
    return Math.abs(Date.now() - statSync(file).mtimeMs)
  } catch {
    return 0
  }
}

function ownerName(text: string | undefined): string {
  const owner = text === undefined ? undefined : parseOwner(text)
  return owner === undefined ? 'another gsa' : `another gsa (process ${owner.pid})`
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, started, host } = JSON.parse(text) as Partial<Owner>
    if (!Number.isSafeInteger(pid) || typeof host !== 'string') return undefined
    return { pid: pid as number, started: typeof started === 'string' ? started : null, host }
  } catch {
    return undefined
  }
}

let known: Owner | undefined

function self(): Owner {
  known ??= { pid: process.pid, started: startOf(process.pid), host: `${hostname()} ${pidNamespace()}` }
  return known
}

/** Linux: field 22 of /proc/PID/stat, counted behind the command name, which may hold anything. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
