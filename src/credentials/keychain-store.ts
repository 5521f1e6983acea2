import type * as Keyring from '@napi-rs/keyring'
import { Failure, Secret } from '../failures/index.ts'
import { loadKeyring } from './load-keyring.ts'
import { type SecretStore, setAndCompare, sharedProbe } from './secret-store.ts'

/** The service name of every item: what to search a keychain for. */
const keychainService = 'gsa-cli'

/**
 * The keychain of the operating system: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
 * It blocks while the keychain answers, two seconds at the most.
 */
export function keychainStore(): SecretStore {
  let module: typeof Keyring | undefined
  const keyring = (): typeof Keyring => (module ??= loadKeyring())
  const entryOf = entries(keyring)
  const store: SecretStore = {
    name: 'keychain',
    probe: sharedProbe(async () => {
      const item = `probe ${process.pid}`
      await setAndCompare(store, item, new Secret('probe'))
      await store.delete(item)
    }),
    get: guarded((item) => {
      const value = entryOf(item).getPassword()
      return value === null ? undefined : new Secret(value)
    }),
    set: guarded((item, value) => entryOf(item).setPassword(value.reveal())),
    delete: guarded((item) => {
      // On its own, deleting a missing item is an error on some platforms and `false` on others.
      if (entryOf(item).getPassword() === null) return false
      entryOf(item).deletePassword()
      return true
    }),
    async items() {
      // The search cannot be pinned to the Secret Service, as entries are; it falls back only where that is absent.
      await store.probe()
      return guarded(() =>
        keyring()
          .findCredentials(keychainService)
          .map(({ account }) => account),
      )()
    },
  }
  return store
}

function entries(keyring: () => typeof Keyring): (item: string) => Keyring.Entry {
  // Each entry holds a D-Bus connection until it is collected; one per item is enough.
  const known = new Map<string, Keyring.Entry>()
  return (item) => {
    const existing = known.get(item)
    if (existing !== undefined) return existing
    // Pinned, because the default falls back silently to a kernel keyring that a reboot empties.
    const entry = new (keyring().Entry)(keychainService, item, { linux: { store: 'secret-service' } })
    known.set(item, entry)
    return entry
  }
}

/** The binding is synchronous; its errors become failures. */
function guarded<Args extends readonly unknown[], T>(operation: (...args: Args) => T): (...args: Args) => Promise<T> {
  return async (...args) => {
    try {
      return await Promise.resolve(operation(...args))
    } catch (error) {
      if (error instanceof Failure) throw error
      throw keychainFailure(error instanceof Error ? error.message : String(error), error)
    }
  }
}

/**
 * What an error of the binding means. Its two prefixes tell a keychain that is absent from one that is there and refuses;
 * a keychain without a keyring to put things in answers like a refusal and is as good as absent.
 * @internal
 */
export function keychainFailure(message: string, cause?: unknown): Failure {
  if (/did not receive a reply|NoReply|timed out/i.test(message)) return new Failure('keychain_silent', {}, { cause })
  const absence = absences.find(([pattern]) => pattern.test(message))
  if (absence !== undefined) return new Failure('keychain_missing', { problem: absence[1] }, { cause })
  const problem = message
    .replace(/^(?:Platform failure|Couldn't access platform storage): (?:DBus error: |Secret Service: )?/, '')
    .replace(/\.$/, '')
  const locked = /^Couldn't access platform storage|locked|dismissed|denied|-25308/i.test(message)
  return new Failure(locked ? 'keychain_locked' : 'keychain_missing', { problem }, { cause })
}

const absences: readonly (readonly [RegExp, string])[] = [
  [/DBUS_SESSION_BUS_ADDRESS|autolaunch/i, 'no D-Bus session bus is running'],
  [
    /org\.freedesktop\.secrets was not provided|ServiceUnknown/i,
    'no Secret Service is running on the D-Bus session bus',
  ],
  [/no result found|\/collection\/login/i, 'the Secret Service has no default keyring'],
]
