import type { ChangeRow } from './surface.ts'

const on = ['token'] as const

/** A token response (RFC 6749 section 5.1) before it is written. */
export interface TokenResponse {
  /** What it is an answer to: a consent (by code or device code), or a refresh token. */
  readonly after: 'consent' | 'refresh'
  readonly members: Readonly<Record<string, unknown>>
}

/** Faults of a token response that is good otherwise. */
export const tokenResponseFaults = {
  'odd-case-token-type': { on, does: 'spells token_type bEARER', change: set('token_type', 'bEARER') },
  'other-token-type': { on, does: 'gives token_type MAC', change: set('token_type', 'MAC') },
  'no-token-type': { on, does: 'leaves token_type out', change: without('token_type') },
  'no-expires-in': { on, does: 'leaves expires_in out', change: without('expires_in') },
  'text-expires-in': { on, does: 'gives expires_in as a string', change: set('expires_in', '3599') },
  'negative-expires-in': { on, does: 'gives a negative expires_in', change: set('expires_in', -1) },
  'no-scope': { on, does: 'leaves scope out', change: without('scope') },
  'no-access-token': { on, does: 'leaves access_token out', change: without('access_token') },
  'no-id-token': { on, does: 'leaves id_token out', change: without('id_token') },
  'extra-members': {
    on,
    does: 'adds members that nobody knows: a text, a number, a list, an object and null',
    change: ({ after, members }) => ({
      after,
      members: { ...members, x_text: 'x', x_number: 1.5, x_list: [{}], x_object: { access_token: 'x' }, x_null: null },
    }),
  },
  'refresh-token-expires-in': {
    on,
    does: 'adds refresh_token_expires_in, `seconds` (default 604799), to the answer to a refresh grant',
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
