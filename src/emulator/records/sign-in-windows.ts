import type { StorageRelay } from './storage-relay.ts'

/** The window or frame of one sign-in. Mutable: the window reports when it opens and closes. */
interface SignInWindow {
  readonly origin: string
  isOpen: boolean
  answer?: Readonly<Record<string, unknown>>
}

/** The windows in which users sign in to pages. A page asks for its own when its opener policy cuts it off. */
export interface SignInWindows {
  /** Returns the window of a relay, creating it if there is none yet. */
  open(relay: StorageRelay): SignInWindow
  find(id: string): SignInWindow | undefined
  clear(): void
}

/** More than any page opens; the oldest is forgotten. */
const mostWindows = 1000

/** Creates the list of windows, which is empty. */
export function createSignInWindows(): SignInWindows {
  const windows = new Map<string, SignInWindow>()
  return {
    open: ({ id, origin }) => {
      const known = windows.get(id)
      if (known?.origin === origin) return known
      const created = { origin, isOpen: false }
      windows.set(id, created)
      const [oldest] = windows.keys()
      if (windows.size > mostWindows && oldest !== undefined) windows.delete(oldest)
      return created
    },
    find: (id) => windows.get(id),
    clear: () => windows.clear(),
  }
}
