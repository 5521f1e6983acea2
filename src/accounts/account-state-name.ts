/** The names of the states, as `gsa accounts list --state` takes them. */
export const accountStates = ['connected', 'needs_login', 'unknown'] as const

/** Whether an account's refresh token works, as far as gsa knows without asking the server. */
export type AccountStateName = (typeof accountStates)[number]
