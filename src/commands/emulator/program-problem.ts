import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isProgram } from '../../core/program-on-path.ts'

/** Returns why a program cannot be started, as `spawn` would say; undefined for one that can. PATH may be relative. */
export function programProblem(program: string, path: string): 'ENOENT' | 'EACCES' | undefined {
  const places = program.includes('/') ? [program] : path.split(':').map((folder) => join(folder, program))
  const existing = places.filter((place) => existsSync(place))
  if (existing.length === 0) return 'ENOENT'
  return existing.some(isProgram) ? undefined : 'EACCES'
}
