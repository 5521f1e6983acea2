import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { inRepository } from './start-process.js'

/** Starts a desktop session with an unlocked keychain: `{ env, end() }`. It ends with this process at the latest. */
export async function startKeychain() {
  const script = 'echo "$XDG_RUNTIME_DIR"; echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'
  const session = spawn(inRepository('test/support/with-keyring.sh'), ['--', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: session.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('There is no keychain to measure with: apt-get install dbus gnome-keyring')
    return value
  }
  return {
    env: { XDG_RUNTIME_DIR: await line(), DBUS_SESSION_BUS_ADDRESS: await line() },
    end: () => session.stdin.end(),
  }
}
