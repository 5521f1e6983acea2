import { existsSync } from 'node:fs'
import type { Environment } from '../core/environment.ts'
import { programOnPath } from '../files/program-on-path.ts'

/**
 * Returns the program and the arguments of a browser command. A value that names a file is that program, blanks or not;
 * otherwise words are split at blanks, and double or single quotes keep them together. A backslash is an ordinary
 * character, as Windows needs it. A bare name is looked for on PATH, and never in the current folder.
 * @throws Error where there is no such program
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
  // A quote that is never closed reaches to the end.
  return (text.match(/(?:[^\s"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+/g) ?? []).map((word) =>
    word.replace(/"([^"]*)(?:"|$)|'([^']*)(?:'|$)/g, '$1$2'),
  )
}
