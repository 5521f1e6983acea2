/** Google's issuer. */
export const googleIssuer = 'https://accounts.google.com'

/** The origins that addresses in answers begin with. */
export interface Origins {
  readonly accounts: string
  readonly oauth2: string
  readonly www: string
  readonly openIdConnect: string
  /** For the page where a user types a device's code. */
  readonly device: string
}

/**
 * Returns the origins for an issuer: its own for everything, or Google's hosts if it is Google's issuer, because a
 * program that knows Google's addresses must find them all.
 */
export function originsOf(issuer: string): Origins {
  if (issuer !== googleIssuer)
    return { accounts: issuer, oauth2: issuer, www: issuer, openIdConnect: issuer, device: issuer }
  return {
    accounts: googleIssuer,
    oauth2: 'https://oauth2.googleapis.com',
    www: 'https://www.googleapis.com',
    openIdConnect: 'https://openidconnect.googleapis.com',
    device: 'https://www.google.com',
  }
}

/** Returns the issuer as Google's older endpoints write it: without the scheme. */
export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '')
}
