import { safeText } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import { fileAccountIndex } from './account-index.ts'
import { configDir, type Environment } from './config-dir.ts'

/**
 * What the stored accounts are called, for the Tab key: e-mail addresses, or the subject where there is none. Reads the list of
 * accounts and nothing else; where that cannot be read, there are none. No name holds a control character, so that each is one
 * line; what else it holds came from a file, and a shell must quote it.
 */
export function storedNames(env: Environment, platform: NodeJS.Platform): readonly string[] {
  try {
    // Reading waits for nothing.
    const index = fileAccountIndex(configDir(env, platform), { signal: AbortSignal.abort() })
    const names = index
      .read()
      .accounts.map(({ claims, sub }) => (claims === null ? undefined : stringMember(claims, 'email')) ?? sub)
    return [...new Set(names)].filter((name) => name !== '' && name === safeText(name))
  } catch {
    return []
  }
}
