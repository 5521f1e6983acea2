import type { Environment } from '../core/environment.ts'
import { safeText } from '../core/safe-to-print.ts'
import { configDir } from '../files/config-dir.ts'
import { readAccountsFile } from './account-index.ts'
import { accountName, selectorOf } from './account-names.ts'

/**
 * Returns the `--account` value of each stored account, for the Tab key: its email address, or the subject if it has
 * none, and with its client if several accounts have the same name. Only reads the list of accounts; returns nothing if
 * that is unreadable. No name contains a control character, so each is one line; everything else comes from a file and
 * needs shell quoting.
 */
export function storedNames(env: Environment, platform: NodeJS.Platform): readonly string[] {
  try {
    const { accounts } = readAccountsFile(configDir(env, platform))
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
