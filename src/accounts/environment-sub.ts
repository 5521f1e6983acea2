/** The subject of the account of GSA_REFRESH_TOKEN: whose it is comes out with the first ID token. */
export const environmentSub = 'unknown-environment'
