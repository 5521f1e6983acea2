/** The default scopes of `gsa login`: the user's identity and the app folder. */
export const defaultScopes = ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive.appdata'] as const

const prefix = 'https://www.googleapis.com/auth/'

// The names on the left are typed by people or used by SDKs; drive.appfolder is the Android guide's constant.
const aliases: Readonly<Record<string, string>> = {
  'drive.appfolder': `${prefix}drive.appdata`,
  DRIVE_APPFOLDER: `${prefix}drive.appdata`,
  appfolder: `${prefix}drive.appdata`,
  appdata: `${prefix}drive.appdata`,
  'userinfo.email': 'email',
  'userinfo.profile': 'profile',
  [`${prefix}drive.appfolder`]: `${prefix}drive.appdata`,
}

/** The short names that {@link fullScope} accepts: the default scopes and the SDKs' names for them. */
export const shortNames: readonly string[] = [...defaultScopes, ...Object.keys(aliases)]
  .map(shortScope)
  .filter((name, index, names) => names.indexOf(name) === index)

// OpenID Connect Core section 5.4; these are sent in their short form.
const signInScopes = new Set(['openid', 'email', 'profile'])

/**
 * Returns the full form of a typed scope: resolves aliases, expands `drive.file` to a URL, and leaves everything else
 * unchanged.
 */
export function fullScope(typed: string): string {
  const known = (Object.hasOwn(aliases, typed) ? aliases[typed] : undefined) ?? typed
  return signInScopes.has(known) || known.includes('/') || known.includes(':') || !known.includes('.')
    ? known
    : prefix + known
}

/** Returns the scopes to request, in full form: the typed ones, or the defaults. */
export function scopesToRequest(typed: readonly string[] = defaultScopes): readonly string[] {
  return [...new Set(typed.map(fullScope))]
}

/** Returns a scope's short name, without the prefix that all of Google's scopes share. */
export function shortScope(scope: string): string {
  return scope.startsWith(prefix) ? scope.slice(prefix.length) : scope
}

/** Returns a scope's name in Google's responses: `email` comes back as `…/userinfo.email`. */
export function answeredScope(scope: string): string {
  return scope === 'email' || scope === 'profile' ? `${prefix}userinfo.${scope}` : scope
}

/**
 * Returns one name for equivalent scopes: Google responds to `email` with `…/userinfo.email` (Google Identity, OpenID
 * Connect guide).
 */
function canonicalScope(scope: string): string {
  const full = fullScope(scope)
  if (full === `${prefix}userinfo.email`) return 'email'
  if (full === `${prefix}userinfo.profile`) return 'profile'
  return full
}

/** Returns whether a scope is only for signing in: openid, email, profile and their aliases. */
export function isSignInScope(scope: string): boolean {
  return signInScopes.has(canonicalScope(scope))
}

/** Returns the requested scopes that were not granted. Order and Google's aliases do not matter. */
export function missingScopes(requested: readonly string[], granted: readonly string[]): readonly string[] {
  const have = new Set(granted.map(canonicalScope))
  return requested.filter((scope) => !have.has(canonicalScope(scope)))
}

/** Splits a `scope` value (RFC 6749 section 3.3). */
export function splitScope(scope: string): readonly string[] {
  return scope.split(' ').filter((part) => part !== '')
}
