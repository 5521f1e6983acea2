import { invalid } from '../records/input.ts'

const account = 'email sub name givenName familyName picture hostedDomain'
const accountSettings = 'sessionSeconds blockedByAdmin storageLimitBytes'

/** The members that each control request accepts. */
const members: Record<string, string | undefined> = {
  'POST codes': 'account platform scopes clientId nonce origin forceRefreshToken limitedAccess',
  'POST faults': 'on fault times after seconds bytes',
  'POST clock': 'advance',
  'POST keys/rotate': 'retire',
  'POST accounts': `${account} ${accountSettings}`,
  'PATCH accounts': `account ${accountSettings}`,
  'POST accounts/password': 'account',
  'POST clients': 'type clientId clientSecret name redirectUris javascriptOrigins dpop dpopNonce web installed',
  'PATCH clients': 'clientId status clientSecret dpop dpopNonce',
  'POST projects': 'project clientId publishingStatus testUsers organization',
  'POST files': 'count account bytes clientId',
  'POST grants/revoke': 'account project clientId',
  'POST tokens/end': 'token',
}

/**
 * Checks that a body has no unknown members: a misspelled setting must not look like one that was applied. `more` names
 * additional known members.
 * @throws RangeError naming the unknown member and the known ones.
 */
export function refuseUnknownMembers(
  request: string,
  body: Readonly<Record<string, unknown>>,
  more: readonly string[] = [],
): void {
  const known = [...(members[request] ?? '').split(' '), ...more].filter((name) => name !== '')
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw invalid(`${request} has no member "${unknown}"; it accepts ${known.join(', ') || 'nothing'}`)
}
