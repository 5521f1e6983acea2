import type { Environment } from '../core/environment.ts'
import { safeText } from '../core/safe-to-print.ts'
import { configDir } from '../files/config-dir.ts'
import { fileAccountIndex } from './account-index.ts'
import { accountName, selectorOf } from './account-names.ts'

/**
 * Returns what `--account` takes for each stored account, for the Tab key: its e-mail address, or the subject where
 * there is none, and with its client where several accounts have the same name. Reads the list of accounts and nothing
 * else; where that cannot be read, there are none. No name holds a control character, so that each is one line; what
 * else it holds came from a file, and a shell must quote it.
 */
export function storedNames(env: Environment, platform: NodeJS.Platform): readonly string[] {
  try {
    // Reading waits for nothing.
    const index = fileAccountIndex(configDir(env, platform), { signal: AbortSignal.abort() })
    const { accounts } = index.read()
    const counts = new Map<string, number>()
    for (const name of accounts.map(accountName)) counts.set(name, (counts.get(name) ?? 0) + 1)
    const names = accounts.map((account) => {
      const name = accountName(account)
      return counts.get(name) === 1 ? name : selectorOf(account, accounts)[0]
    })
    return [...new Set(names)].filter((name) => name !== '' && name === safeText(name))
  } catch {
    return []
  }
}
