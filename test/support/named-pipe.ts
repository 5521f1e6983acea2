import { execFileSync } from 'node:child_process'

/** Creates a named pipe, which Node cannot; returns its path. */
export function makeNamedPipe(path: string): string {
  execFileSync('sh', ['-c', 'exec mkfifo "$1"', 'sh', path])
  return path
}
