import type * as Keyring from '@napi-rs/keyring'
import { monotonicMs } from '../core/monotonic-ms.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import { keychainFailure } from './keychain-failure.ts'
import { loadKeyring } from './load-keyring.ts'
import { probeValue, type SecretStore, setAndCompare, sharedProbe } from './secret-store.ts'

/** The service name of every item, for searching a keychain. */
const keychainService = 'gsa-cli'

/** The options for waiting for a keychain, which may be showing a prompt. */
export interface KeychainWaiting {
  /** Ends the wait. The call itself cannot be stopped: it occupies a thread until the keychain responds. */
  readonly signal: AbortSignal
  /** Called once, with a sentence, when the wait becomes noticeable. */
  readonly onPrompt?: ((sentence: string) => void) | undefined
  /** Runs work that blocks this process, so that a signal can still end it. */
  readonly blocking?: (<T>(work: () => T) => T) | undefined
  /** The time in which calls without a reply are repeated. Default: a minute. */
  readonly repeatMs?: number | undefined
  /** Returns the folder where a single-file binary keeps a copy of its keychain module. */
  readonly configDir?: () => string
}

const feltAfterMs = 1_000
const defaultRepeatMs = 60_000

/**
 * Returns the keychain of the operating system: Secret Service on Linux, Keychain on macOS, Credential Manager on
 * Windows. Its calls run in threads, and a prompt may take as long as the user needs. The binding gives the Secret
 * Service two seconds for calls without a prompt; opening a connection to it blocks this process meanwhile. A locked
 * KeePassXC delays the reply until its user has typed the password, so calls without a reply are repeated.
 *
 * Operations throw Failure `interrupted`, `keychain_unsupported`, `value_too_long` and those of {@link
 * keychainFailure}.
 */
export function keychainStore(waiting: KeychainWaiting): SecretStore {
  const keyring = (): typeof Keyring => (loaded ??= loadKeyring(waiting.configDir))
  const { entryOf, forget } = entries(keyring, waiting)
  let isSaid = false
  const answered = async <T>(call: () => Promise<T>): Promise<T> => {
    const repeatUntil = monotonicMs() + (waiting.repeatMs ?? defaultRepeatMs)
    const timer = setTimeout(() => {
      if (!isSaid)
        waiting.onPrompt?.('Waiting for the keychain: it may be showing a prompt. Press Ctrl-C to stop waiting.')
      isSaid = true
    }, feltAfterMs)
    try {
      for (;;) {
        try {
          return await unlessAborted(call(), waiting.signal)
        } catch (error) {
          const failure = failureOf(error)
          if (failure.code !== 'keychain_silent' || monotonicMs() > repeatUntil) throw failure
        }
      }
    } finally {
      clearTimeout(timer)
    }
  }
  const ofItem = <T>(item: string, call: (entry: Keyring.AsyncEntry) => Promise<T>): Promise<T> =>
    onSomeConnection(
      async () => {
        const entry = await entryOf(item)
        return answered(async () => call(entry))
      },
      forget.bind(undefined, item),
    )
  const store: SecretStore = {
    name: 'keychain',
    holdsLongItems: process.platform !== 'win32',
    probe: sharedProbe(async (length) => {
      const item = `probe ${process.pid}`
      await setAndCompare(store, item, probeValue(length))
      await store.delete(item)
    }),
    get: async (item) =>
      ofItem(item, async (entry) => {
        const value = await entry.getPassword()
        return value === null ? undefined : new Secret(value)
      }),
    set: async (item, value) => ofItem(item, async (entry) => entry.setPassword(value.reveal())),
    delete: async (item) =>
      ofItem(item, async (entry) => {
        // Without this check, deleting a missing item is an error on some platforms and `false` on others.
        if ((await entry.getPassword()) === null) return false
        await entry.deletePassword()
        return true
      }),
    async items() {
      // The search cannot be pinned to the Secret Service, as entries are; it falls back only if that is absent.
      await store.probe()
      const found = await onSomeConnection(() => answered(async () => keyring().findCredentialsAsync(keychainService)))
      return found.map(({ account }) => account)
    },
  }
  return store
}

let loaded: typeof Keyring | undefined

const mostConnections = 4

/**
 * Repeats work on another connection if a Secret Service fails for a reason that is none of the user's. KWallet refuses
 * the key agreement of one connection in 256, whose number begins with a zero, and sometimes forgets a session.
 */
async function onSomeConnection<T>(work: () => Promise<T>, disconnect?: () => void): Promise<T> {
  for (let connection = 1; ; connection++) {
    try {
      return await work()
    } catch (error) {
      const failure = failureOf(error)
      const isOther = failure.code !== 'keychain_failed' || process.platform !== 'linux'
      if (isOther || connection === mostConnections) throw failure
      disconnect?.()
    }
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  return keychainFailure(error instanceof Error ? error.message : String(error), process.platform, error)
}

function entries(
  keyring: () => typeof Keyring,
  { signal, blocking = (work) => work() }: KeychainWaiting,
): { readonly entryOf: (item: string) => Promise<Keyring.AsyncEntry>; readonly forget: (item: string) => void } {
  // Each entry holds a D-Bus connection until it is garbage-collected; one per item is enough.
  const known = new Map<string, Keyring.AsyncEntry>()
  const entryOf = async (item: string): Promise<Keyring.AsyncEntry> => {
    const existing = known.get(item)
    if (existing !== undefined) return existing
    const { AsyncEntry } = keyring()
    const wasAborted = signal.aborted
    await signalsAreHeard()
    if (signal.aborted && !wasAborted) throw new Failure('interrupted', {})
    // Pinned, because the default falls back silently to a kernel keyring that a reboot empties.
    const entry = blocking(() => new AsyncEntry(keychainService, item, { linux: { store: 'secret-service' } }))
    known.set(item, entry)
    return entry
  }
  return { entryOf, forget: (item) => known.delete(item) }
}

/** Lets pending signals be handled: the event loop does that between two immediates. */
async function signalsAreHeard(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Waits for a call, or until an interruption. Calls that begin after an interruption are cleanup, and are waited for.
 * @throws Failure `interrupted`
 */
async function unlessAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Failure('interrupted', {}))
    if (!signal.aborted) signal.addEventListener('abort', onAbort, { once: true })
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
