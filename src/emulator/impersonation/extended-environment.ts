import { delimiter } from 'node:path'

/** How to add to a variable that may have a value already. */
const joined: Readonly<Record<string, (before: string, added: string) => string>> = {
  PATH: (before, added) => `${added}${delimiter}${before}`,
  NODE_OPTIONS: (before, added) => `${before} ${added}`,
  JAVA_TOOL_OPTIONS: (before, added) => `${before} ${added}`,
  PHP_INI_SCAN_DIR: (before, added) => `${before}${added}`,
}

/** Returns variables with others added; a list that has the addition already stays as it is. */
export function extendedEnvironment(
  before: Readonly<Record<string, string | undefined>>,
  additions: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const added = Object.entries(additions).map(([name, value]): readonly [string, string] => {
    const present = before[name] ?? ''
    const join = joined[name]
    if (join === undefined || present === '') return [name, value]
    return [name, present.includes(value) ? present : join(present, value)]
  })
  return Object.fromEntries(added)
}
