/** The hosts that the emulator stands in for: every one that its responses and Google's clients name. */
export const googleHosts: readonly string[] = [
  'accounts.google.com',
  'content.googleapis.com',
  'oauth2.googleapis.com',
  'openidconnect.googleapis.com',
  'people.googleapis.com',
  'www.google.com',
  'www.googleapis.com',
]

/** Returns whether a host belongs to Google, although the emulator may not stand in for it. */
export function isGoogles(host: string): boolean {
  return /(?:^|\.)google(?:apis)?\.com$/.test(host)
}
