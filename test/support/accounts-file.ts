/**
 * Returns an `accounts.json` with an account for each of these email addresses; an undefined one has no claims.
 * Subjects are 0, 1, …
 */
export function accountsFile(emails: readonly (string | undefined)[]): string {
  const accounts = emails.map((email, index) => ({
    issuer: 'https://accounts.google.com',
    clientId: '1-a.apps.googleusercontent.com',
    sub: `${index}`,
    clientType: 'web',
    redirectUris: [],
    store: 'keychain',
    claims: email === undefined ? null : { email },
    requestedScopes: [],
    grantedScopes: [],
    hasRefreshToken: true,
    rotatesRefreshTokens: false,
    refreshTokenObtainedAt: null,
    refreshTokenExpiresAt: null,
    accessTokenExpiresAt: null,
  }))
  return JSON.stringify({ version: 1, accounts, default: null })
}
