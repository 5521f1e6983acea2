/** What `gsa login` asks for unless told otherwise: who it is, and the app folder. */
export const defaultScopes = ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive.appdata'] as const

const prefix = 'https://www.googleapis.com/auth/'

// The left sides are what people type or what the SDKs call it; drive.appfolder is the constant of the Android guide.
const aliases: Readonly<Record<string, string>> = {
  'drive.appfolder': `${prefix}drive.appdata`,
  DRIVE_APPFOLDER: `${prefix}drive.appdata`,
  appfolder: `${prefix}drive.appdata`,
  appdata: `${prefix}drive.appdata`,
  'userinfo.email': 'email',
  'userinfo.profile': 'profile',
  [`${prefix}drive.appfolder`]: `${prefix}drive.appdata`,
}

/** The short names that {@link fullScope} is known to take: the usual scopes, and what the SDKs call them. */
export const shortNames: readonly string[] = [...defaultScopes, ...Object.keys(aliases)]
  .map(shortScope)
  .filter((name, index, names) => names.indexOf(name) === index)

// OpenID Connect Core section 5.4; these stay short on the wire.
const signInScopes = new Set(['openid', 'email', 'profile'])

/**
 * A scope as typed, in the form that is sent: aliases resolved, `drive.file` made a URL, everything else left alone.
 */
export function fullScope(typed: string): string {
  const known = (Object.hasOwn(aliases, typed) ? aliases[typed] : undefined) ?? typed
  return signInScopes.has(known) || known.includes('/') || known.includes(':') || !known.includes('.')
    ? known
    : prefix + known
}

/** The scopes to ask for, in the form that is sent: those that were typed, or the usual ones. */
export function scopesToRequest(typed: readonly string[] = defaultScopes): readonly string[] {
  return [...new Set(typed.map(fullScope))]
}

/** A scope as people call it: without the prefix that all of Google's scopes share. */
export function shortScope(scope: string): string {
  return scope.startsWith(prefix) ? scope.slice(prefix.length) : scope
}

/** A scope under the name that it has in Google's answers: `email` comes back as `…/userinfo.email`. */
export function answeredScope(scope: string): string {
  return scope === 'email' || scope === 'profile' ? `${prefix}userinfo.${scope}` : scope
}

/**
 * The same scope under one name: Google answers `email` with `…/userinfo.email` (Google
 * Identity, OpenID Connect guide).
 */
function canonicalScope(scope: string): string {
  const full = fullScope(scope)
  if (full === `${prefix}userinfo.email`) return 'email'
  if (full === `${prefix}userinfo.profile`) return 'profile'
  return full
}

/** Whether a scope is for signing in alone: openid, email, profile and their other names. */
export function isSignInScope(scope: string): boolean {
  return signInScopes.has(canonicalScope(scope))
}

/** The requested scopes that were not granted. Order and Google's aliases do not count. */
export function missingScopes(requested: readonly string[], granted: readonly string[]): readonly string[] {
  const have = new Set(granted.map(canonicalScope))
  return requested.filter((scope) => !have.has(canonicalScope(scope)))
}

/** Splits the `scope` member of RFC 6749 section 3.3. */
export function splitScope(scope: string): readonly string[] {
  return scope.split(' ').filter((part) => part !== '')
}
