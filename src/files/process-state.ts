import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Returns whether a process of this machine still does something. One that has ended and waits for its parent
 * to notice (a zombie) does not.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Anything else means that it is there, but belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const [state = ''] = statOf(pid) ?? []
  return !['Z', 'X', 'x'].includes(state)
}

/**
 * Returns when a process started, in a unit of the kernel, which tells it from a later one of the same number; null
 * where only the kernel knows (Windows, macOS).
 */
export function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null
}

/** Linux: the fields of /proc/PID/stat from the third on, behind the command name, which may hold anything. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/**
 * Returns the pid namespace that the numbers here belong to: each container has its own. Empty where there are none.
 */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
