import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './built-gsa.ts'

/** A separate desktop session. */
export interface KeyringSession {
  /** The environment in which a program finds the session. */
  readonly env: Readonly<Record<string, string>>
  end(): Promise<void>
}

/** A flag of test/support/with-keyring.sh. */
type KeyringFlag =
  | '--locked'
  | '--nodaemon'
  | '--nobus'
  | '--hanging'
  | '--prompting'
  | '--keepassxc'
  | '--keepassxc-asking'
  | '--kwallet'

/**
 * Starts a session with a Secret Service with test/support/with-keyring.sh; `mode` is one of its flags.
 * @param keyring the folder of a keyring that outlives the session
 */
export async function startKeyringSession(mode?: KeyringFlag, keyring?: string): Promise<KeyringSession> {
  // The session lasts as long as `cat` has input: it ends even if this process is killed.
  const script = 'echo "$XDG_RUNTIME_DIR"; echo "${DBUS_SESSION_BUS_ADDRESS-}"; exec cat'
  const flags = mode === undefined ? [] : [mode]
  const holder = spawn(join(root, 'test/support/with-keyring.sh'), [...flags, '--', 'sh', '-c', script], {
    env: { PATH: process.env['PATH'], ...(keyring === undefined ? {} : { KEYRING_HOME: keyring }) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface(holder.stdout)) if (lines.push(line) === 2) break
  const [runtimeDir, address] = lines
  if (runtimeDir === undefined || address === undefined) throw new Error('there is no session')
  return {
    env: { XDG_RUNTIME_DIR: runtimeDir, ...(address === '' ? {} : { DBUS_SESSION_BUS_ADDRESS: address }) },
    async end() {
      holder.stdin.end()
      if (holder.exitCode === null) await once(holder, 'exit')
    },
  }
}
