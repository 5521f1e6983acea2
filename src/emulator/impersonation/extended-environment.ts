import { delimiter } from 'node:path'
import { matchesNoProxy, noProxyEntries } from '../../core/no-proxy.ts'
import { googleHosts } from './google-hosts.ts'

/** How to add to a variable that may have a value already. */
const joined: Readonly<Record<string, (before: string, added: string) => string>> = {
  PATH: (before, added) => `${added}${delimiter}${before}`,
  NODE_OPTIONS: (before, added) => `${before} ${added}`,
  BUN_OPTIONS: (before, added) => `${before} ${added}`,
  JAVA_TOOL_OPTIONS: (before, added) => `${before} ${added}`,
  PHP_INI_SCAN_DIR: (before, added) => `${before}${added}`,
  NO_PROXY: withoutGoogle,
  no_proxy: withoutGoogle,
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
    // A list with this machine's names may have Google's, too.
    const isComplete = join !== withoutGoogle && present.includes(value)
    return [name, isComplete ? present : join(present, value)]
  })
  return Object.fromEntries(added)
}

/** Returns the hosts that a program reaches without the proxy: those from before, unless they are Google's. */
function withoutGoogle(before: string, added: string): string {
  const kept = noProxyEntries(before).filter((entry) => !googleHosts.some((host) => matchesNoProxy(entry, host)))
  return [...new Set([...added.split(','), ...kept])].join(',')
}
