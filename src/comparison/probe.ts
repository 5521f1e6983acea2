/** The hosts of Google that probes are sent to, by the first part of their names. */
export const googleHosts = {
  accounts: 'accounts.google.com',
  oauth2: 'oauth2.googleapis.com',
  www: 'www.googleapis.com',
  openidconnect: 'openidconnect.googleapis.com',
  people: 'people.googleapis.com',
} as const

/** The key of a host in {@link googleHosts}. */
export type GoogleHost = keyof typeof googleHosts

/**
 * A harmless request, as a row of data. `{NAME}` in its address, form, headers or body stands for a value of the
 * server's account or of an earlier response; see {@link Probe.keeps}.
 */
export interface Probe {
  readonly name: string
  /** The subject of the response, for people. */
  readonly shows: string
  /** Method, host and path: `GET www:/oauth2/v3/certs`. */
  readonly at: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'} ${GoogleHost}:${string}`
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** The token of the Authorization header. */
  readonly bearer?: string
  /** The body, with `type` as its content type. */
  readonly body?: string
  readonly type?: string
  /** The length of a generated body. */
  readonly bytes?: number
  /** Members whose values differ between accounts; only their form is compared. */
  readonly byForm?: readonly string[]
  /** Values for later probes, each with its member of the response, or with the header `location`. */
  readonly keeps?: Readonly<Record<string, string>>
  /** Another probe that must come first. */
  readonly after?: string
  /** Whether gsa sends the stored account's own refresh, so that a new refresh token is stored. */
  readonly isRefresh?: true
}

/** Returns the names of the values that a probe needs. */
export function needsOf({ at, form, headers, bearer, body }: Probe): readonly string[] {
  const text = JSON.stringify([at, form, headers, bearer, body])
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  return [...new Set(names)].filter((name) => name !== 'run')
}
