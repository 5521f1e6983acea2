import { execFileSync } from 'node:child_process'

/** Makes a named pipe, which Node cannot; gives its path. */
export function makeNamedPipe(path: string): string {
  execFileSync('sh', ['-c', 'exec mkfifo "$1"', 'sh', path])
  return path
}
