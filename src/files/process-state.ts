import { readFileSync, readlinkSync } from 'node:fs'

/** Returns whether a process of this machine is still running. A zombie, which has ended but was not reaped, is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Any other error means that it exists but belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const [state = ''] = statOf(pid) ?? []
  return !['Z', 'X', 'x'].includes(state)
}

/**
 * Returns a process's start time in a kernel unit, which distinguishes it from a later process with the same number;
 * null if only the kernel knows (Windows, macOS).
 */
export function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null
}

/**
 * Returns the fields of Linux's /proc/PID/stat from the third on, after the command name, which may contain anything.
 */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** Returns the current pid namespace: each container has its own. Empty if there are none. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
