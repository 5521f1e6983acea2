/** Where the answer to a sign-in with Google's library goes: not to a redirect URI, but to the page that began it. */
export interface StorageRelay {
  readonly origin: string
  /** Made by the library, and known only to it and the window that it opened. */
  readonly id: string
}

/** Returns the parts of `storagerelay://SCHEME/HOST?id=ID`, the redirect URI of Google's library, if it is one. */
export function storageRelayOf(redirectUri: string): StorageRelay | undefined {
  const [, scheme, host, id] = /^storagerelay:\/\/(https?)\/([^/?#@]+)\?id=([\w-]{1,100})$/.exec(redirectUri) ?? []
  return host === undefined || id === undefined ? undefined : { origin: `${scheme}://${host}`, id }
}
