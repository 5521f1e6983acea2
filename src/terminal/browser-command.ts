import { existsSync } from 'node:fs'
import type { Environment } from '../core/environment.ts'
import { programOnPath } from '../core/program-on-path.ts'

/**
 * Returns the program and the arguments of a browser command. A value that names a file is the program, even with
 * spaces. Otherwise, spaces separate words, and double or single quotes group them. A backslash is an ordinary
 * character, as in Windows paths. A bare name is looked up on the PATH, never in the current folder.
 * @throws Error if there is no such program
 */
export function browserCommand(
  value: string,
  env: Environment,
  platform: NodeJS.Platform,
): { readonly program: string; readonly args: readonly string[] } {
  const hasFolder = (name: string): boolean => (platform === 'win32' ? /[\\/]/ : /\//).test(name)
  const whole = value.trim()
  const [name = '', ...args] = hasFolder(whole) && existsSync(whole) ? [whole] : wordsOf(whole)
  const program = hasFolder(name) ? name : programOnPath(name, env, platform)
  if (program === undefined) throw new Error(`there is no program "${name}" on the PATH`)
  return { program, args }
}

function wordsOf(text: string): readonly string[] {
  // An unclosed quote extends to the end.
  return (text.match(/(?:[^\s"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+/g) ?? []).map((word) =>
    word.replace(/"([^"]*)(?:"|$)|'([^']*)(?:'|$)/g, '$1$2'),
  )
}
