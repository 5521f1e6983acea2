/** The hosts of this machine, as the URL parser writes them. */
export const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Returns the reason the console would not register a redirect URI for a web client (evidence B2), as the rest of a
 * sentence that begins with the URI, or undefined if it would. The emulator has no lists of public suffixes or URL
 * shorteners, so it only requires a dot in the host name.
 */
export function registrationProblem(redirectUri: string): string | undefined {
  const uri = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (uri === undefined || !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(redirectUri)) return 'is not a complete URI'
  // Check the text as written: the URL parser resolves dots, drops empty parts and encodes forbidden characters.
  const [, authority = '', path = ''] = /^[^:]*:\/\/([^/?#]*)([^?#]*)/.exec(redirectUri) ?? []
  const isLocal = loopbackHosts.has(uri.hostname)
  if (uri.protocol !== 'https:' && uri.protocol !== 'http:') return 'must begin with https://'
  if (uri.protocol === 'http:' && !isLocal) return 'must begin with https://, because its host is not localhost'
  if (redirectUri.includes('#')) return 'must not have a fragment'
  if (authority.includes('@')) return 'must not have a user name or a password'
  if (/[^\x21-\x7e]|%(?![0-9a-f]{2})/i.test(redirectUri))
    return 'must be printable ASCII with complete percent encodings'
  if (/%00|%c0%80/i.test(redirectUri)) return 'must not have an encoded null character'
  if (redirectUri.includes('*')) return 'must not have a wildcard'
  if (/(?:\/|\\|%2f|%5c)(?:\.|%2e){2}/i.test(path)) return 'must not have a path segment that begins with ..'
  if (!isLocal && /^\[|^[\d.]+$/.test(uri.hostname))
    return 'must not have an IP address as its host, unless it is loopback'
  if (!isLocal && !uri.hostname.includes('.')) return 'must have a host under a public domain'
  return undefined
}
