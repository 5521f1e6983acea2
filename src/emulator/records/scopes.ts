/** Google's way of writing the sign-in scopes once they are granted. */
export const openid = 'openid'
export const emailScope = 'https://www.googleapis.com/auth/userinfo.email'
export const profileScope = 'https://www.googleapis.com/auth/userinfo.profile'
/** The app folder of Drive. */
export const driveAppdata = 'https://www.googleapis.com/auth/drive.appdata'

/** What an app may ask for without asking for more than who the user is. */
export const signInScopes: ReadonlySet<string> = new Set([openid, emailScope, profileScope])

const driveRoot = 'https://www.googleapis.com/auth/drive'

/** Short and old spellings that come back under another name (evidence B2). */
const aliases: Record<string, string> = {
  email: emailScope,
  profile: profileScope,
  [`${driveRoot}.appfolder`]: driveAppdata,
}

/** What the consent page says about a scope. Everything else is described by its URL alone. */
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

/** The name a scope has in a grant. */
export function canonicalScope(scope: string): string {
  return Object.hasOwn(aliases, scope) ? (aliases[scope] ?? scope) : scope
}

/** The short spelling of a scope (`email`), if it has one that is in use. */
export function shortName(scope: string): string | undefined {
  return scope === emailScope ? 'email' : scope === profileScope ? 'profile' : undefined
}

/** What a scope lets an app do, in a sentence for people; undefined when only its name is known. */
export function scopeTitle(scope: string): string | undefined {
  return Object.hasOwn(titles, scope) ? titles[scope] : undefined
}

/**
 * Whether Google would know the scope. Drive and userinfo are checked by name, so that a typo there is found; any other
 * well-formed API scope is taken, because a list of all of them would be out of date.
 */
export function isKnownScope(scope: string): boolean {
  const name = canonicalScope(scope)
  if (Object.hasOwn(titles, name)) return true
  if (name.startsWith(driveRoot) || /\/auth\/userinfo/.test(name)) return false
  return /^https:\/\/www\.googleapis\.com\/auth\/[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*$/.test(name)
}

/** Requested scopes in the names of a grant, each once, in the order asked for. */
export function canonicalScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.filter((scope) => scope !== '').map((scope) => canonicalScope(scope)))]
}

/** What is granted when these boxes are ticked: e-mail or profile always bring openid with them (B2). */
export function grantedScopes(ticked: readonly string[]): readonly string[] {
  const granted = new Set(canonicalScopes(ticked))
  if (granted.has(emailScope) || granted.has(profileScope)) granted.add(openid)
  return [...granted]
}

/** Whether a grant yields an ID token. */
export function wantsIdToken(scopes: ReadonlySet<string>): boolean {
  return scopes.has(openid)
}
