/** The names of the sign-in scopes in a grant. */
export const openid = 'openid'
export const emailScope = 'https://www.googleapis.com/auth/userinfo.email'
export const profileScope = 'https://www.googleapis.com/auth/userinfo.profile'
/** The scope for Drive's app folder. */
export const driveAppdata = 'https://www.googleapis.com/auth/drive.appdata'

/** The scopes for sign-in only, which identify the user and grant nothing else. */
export const signInScopes: ReadonlySet<string> = new Set([openid, emailScope, profileScope])

const driveRoot = 'https://www.googleapis.com/auth/drive'

/** Short and old names that Google returns under another name (evidence B2). */
const aliases: Record<string, string> = {
  email: emailScope,
  profile: profileScope,
  [`${driveRoot}.appfolder`]: driveAppdata,
}

/** Descriptions of scopes on the consent page. Other scopes are shown by URL only. */
const titles: Record<string, string> = {
  [openid]: 'Know who you are on Google',
  [emailScope]: 'See your email address',
  [profileScope]: 'See your name and picture',
  [driveAppdata]: 'Keep its own data in a hidden folder of your Drive',
  [driveRoot]: 'See, change, create and delete all your Drive files',
  [`${driveRoot}.file`]: 'See and change the Drive files you open with this app',
  [`${driveRoot}.readonly`]: 'See and download all your Drive files',
  [`${driveRoot}.metadata`]: 'See and change information about your Drive files',
  [`${driveRoot}.metadata.readonly`]: 'See information about your Drive files',
  [`${driveRoot}.activity.readonly`]: 'See the activity in your Drive',
  [`${driveRoot}.photos.readonly`]: 'See your photos in Drive',
  [`${driveRoot}.scripts`]: 'Change how your Apps Script code works',
  [`${driveRoot}.apps.readonly`]: 'See which apps may use your Drive',
  [`${driveRoot}.meet.readonly`]: 'See Drive files that Meet made',
  'https://www.googleapis.com/auth/youtube': 'Manage your YouTube account',
  'https://www.googleapis.com/auth/youtube.readonly': 'See your YouTube account',
  'https://mail.google.com/': 'Read, write, send and delete all your mail',
  'https://www.googleapis.com/auth/calendar': 'See, change and share all your calendars',
  'https://www.googleapis.com/auth/calendar.readonly': 'See all your calendars',
  'https://www.googleapis.com/auth/contacts.readonly': 'See your contacts',
  'https://www.googleapis.com/auth/spreadsheets': 'See and change all your spreadsheets',
  'https://www.googleapis.com/auth/cloud-platform': 'Manage your Google Cloud data',
}

/** Returns a scope's name in a grant. */
export function canonicalScope(scope: string): string {
  return Object.hasOwn(aliases, scope) ? (aliases[scope] ?? scope) : scope
}

/** Returns a scope's short name (`email`), if it has one in use. */
export function shortName(scope: string): string | undefined {
  return scope === emailScope ? 'email' : scope === profileScope ? 'profile' : undefined
}

/** Returns a description of a scope for users, or undefined if only its name is known. */
export function scopeTitle(scope: string): string | undefined {
  return Object.hasOwn(titles, scope) ? titles[scope] : undefined
}

/**
 * Returns whether Google would accept a scope. Drive and userinfo scopes are checked by name to catch typos; any other
 * well-formed API scope is accepted, because a full list would be out of date.
 */
export function isKnownScope(scope: string): boolean {
  const name = canonicalScope(scope)
  if (Object.hasOwn(titles, name)) return true
  if (name.startsWith(driveRoot) || /\/auth\/userinfo/.test(name)) return false
  return /^https:\/\/www\.googleapis\.com\/auth\/[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*$/.test(name)
}

/** Returns the requested scopes by their names in a grant, each once, in the requested order. */
export function canonicalScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.filter((scope) => scope !== '').map((scope) => canonicalScope(scope)))]
}

/** Returns the scopes granted for the ticked ones: email or profile always add openid (B2). */
export function grantedScopes(ticked: readonly string[]): readonly string[] {
  const granted = new Set(canonicalScopes(ticked))
  if (granted.has(emailScope) || granted.has(profileScope)) granted.add(openid)
  return [...granted]
}

/** Returns whether a grant yields an ID token. */
export function wantsIdToken(scopes: ReadonlySet<string>): boolean {
  return scopes.has(openid)
}
