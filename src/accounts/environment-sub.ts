/** The subject of GSA_REFRESH_TOKEN's account; the first ID token reveals the real one. */
export const environmentSub = 'unknown-environment'
