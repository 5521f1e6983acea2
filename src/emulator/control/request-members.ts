import { invalid } from '../records/input.ts'

const account = 'email sub name givenName familyName picture hostedDomain'
const accountSettings = 'sessionSeconds blockedByAdmin storageLimitBytes'

/** What the body of each control request may hold. */
const members: Record<string, string | undefined> = {
  'POST codes': 'account platform scopes clientId nonce origin forceRefreshToken limitedAccess',
  'POST faults': 'on fault times after seconds bytes',
  'POST clock': 'advance',
  'POST keys/rotate': 'retire',
  'POST accounts': `${account} ${accountSettings}`,
  'PATCH accounts': `account ${accountSettings}`,
  'POST accounts/password': 'account',
  'POST clients': 'type clientId clientSecret name redirectUris javascriptOrigins web installed',
  'PATCH clients': 'clientId status clientSecret',
  'POST projects': 'project clientId publishingStatus testUsers organization',
  'POST files': 'count account bytes clientId',
  'POST grants/revoke': 'account project clientId',
  'POST tokens/end': 'token',
}

/**
 * Makes sure that a body holds nothing that the request does not know: a misspelt setting must not look like one that
 * was made. `more` names members that are known besides.
 * @throws RangeError that names the member, and those there are.
 */
export function refuseUnknownMembers(
  request: string,
  body: Readonly<Record<string, unknown>>,
  more: readonly string[] = [],
): void {
  const known = [...(members[request] ?? '').split(' '), ...more].filter((name) => name !== '')
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw invalid(`${request} knows no "${unknown}"; it takes ${known.join(', ') || 'nothing'}`)
}
