import type { ChangeRow } from './surface.ts'

const on = ['token'] as const

/** A token response (RFC 6749 section 5.1) before it is written. */
export interface TokenResponse {
  /** The event it responds to: a consent (by code or device code), or a refresh. */
  readonly after: 'consent' | 'refresh'
  readonly members: Readonly<Record<string, unknown>>
}

/** Faults of an otherwise valid token response. */
export const tokenResponseFaults = {
  'odd-case-token-type': { on, does: 'sends token_type bEARER', change: set('token_type', 'bEARER') },
  'other-token-type': { on, does: 'sends token_type MAC', change: set('token_type', 'MAC') },
  'no-token-type': { on, does: 'omits token_type', change: without('token_type') },
  'no-expires-in': { on, does: 'omits expires_in', change: without('expires_in') },
  'text-expires-in': { on, does: 'sends expires_in as a string', change: set('expires_in', '3599') },
  'negative-expires-in': { on, does: 'sends a negative expires_in', change: set('expires_in', -1) },
  'no-scope': { on, does: 'omits scope', change: without('scope') },
  'no-access-token': { on, does: 'omits access_token', change: without('access_token') },
  'no-id-token': { on, does: 'omits id_token', change: without('id_token') },
  'extra-members': {
    on,
    does: 'adds unknown members: a text, a number, a list, an object and null',
    change: ({ after, members }) => ({
      after,
      members: { ...members, x_text: 'x', x_number: 1.5, x_list: [{}], x_object: { access_token: 'x' }, x_null: null },
    }),
  },
  'refresh-token-expires-in': {
    on,
    does: 'adds refresh_token_expires_in, `seconds` (default 604799), to a refresh response',
    change: ({ after, members }, { seconds = 604_799 }) =>
      after === 'refresh' ? { after, members: { ...members, refresh_token_expires_in: seconds } } : undefined,
  },
} as const satisfies Record<string, ChangeRow<TokenResponse>>

type Change = ChangeRow<TokenResponse>['change']

function set(member: string, value: unknown): Change {
  return ({ after, members }) => (member in members ? { after, members: { ...members, [member]: value } } : undefined)
}

function without(member: string): Change {
  return ({ after, members }) => {
    if (!(member in members)) return undefined
    return { after, members: Object.fromEntries(Object.entries(members).filter(([name]) => name !== member)) }
  }
}
