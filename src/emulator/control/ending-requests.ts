import type { LocalGoogle } from '../local-google.ts'
import { dropAccessToken } from '../records/access-tokens.ts'
import { projectOf } from '../records/built-in.ts'
import { revokeGrant } from '../records/grants.ts'
import { invalid, textOf } from '../records/input.ts'
import { hashed } from '../records/journal.ts'
import { dropRefreshToken } from '../records/refresh-tokens.ts'
import { projectKey } from '../records/state.ts'
import { namedAccount } from './settings.ts'

type Body = Record<string, unknown>

/** The control requests that end a grant or token early, by name. */
export const endings: Record<string, (google: LocalGoogle, body: Body) => unknown> = {
  'DELETE faults': (google) => {
    google.faults.reset()
    return { armed: google.faults.armed() }
  },
  'POST grants/revoke': (google, body) => revokeNamedGrant(google, body),
  'POST tokens/end': (google, body) => ({ ended: endToken(google, textOf(body, 'token') ?? '') }),
}

/**
 * Ends the grant to the project of `clientId` or with the number `project`, as if the user had removed the app from the
 * account.
 */
function revokeNamedGrant(google: LocalGoogle, body: Body): { readonly project: string; readonly sub: string } {
  const account = namedAccount(google, body)
  const project = textOf(body, 'project') ?? projectOf(textOf(body, 'clientId') ?? '')
  const grant = google.state.grants.get(projectKey(project, account.sub))
  if (grant === undefined)
    throw invalid(`${account.email} has granted nothing to project ${project || '(none was named)'}`)
  revokeGrant(google, grant)
  return { project, sub: account.sub }
}

/** Ends one token only. It is named by its value, or by its hash as the journal shows it (`sha256:…`). */
function endToken(google: LocalGoogle, name: string): 'access_token' | 'refresh_token' {
  const isNamed = (token: string): boolean => token === name || hashed(token) === name
  const { accessTokens, refreshTokens } = google.state
  for (const token of accessTokens.keys()) {
    if (!isNamed(token)) continue
    dropAccessToken(google, token)
    return 'access_token'
  }
  for (const token of refreshTokens.keys()) {
    if (!isNamed(token)) continue
    dropRefreshToken(google, token)
    return 'refresh_token'
  }
  throw invalid('there is no such token; it may already have ended')
}
