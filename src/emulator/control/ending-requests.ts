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

/** What can be ended before its time, by the name of the control request. */
export const endings: Record<string, (world: LocalGoogle, body: Body) => unknown> = {
  'DELETE faults': (world) => {
    world.faults.reset()
    return { armed: world.faults.armed() }
  },
  'POST grants/revoke': (world, body) => revokeNamedGrant(world, body),
  'POST tokens/end': (world, body) => ({ ended: endToken(world, textOf(body, 'token') ?? '') }),
}

/**
 * As if the user had removed the app from the account: the grant to the project of `clientId` or
 * with the number `project` ends.
 */
function revokeNamedGrant(world: LocalGoogle, body: Body): { readonly project: string; readonly sub: string } {
  const account = namedAccount(world, body)
  const project = textOf(body, 'project') ?? projectOf(textOf(body, 'clientId') ?? '')
  const grant = world.state.grants.get(projectKey(project, account.sub))
  if (!grant) throw invalid(`${account.email} has given nothing to project ${project || '(none was named)'}`)
  revokeGrant(world, grant)
  return { project, sub: account.sub }
}

/** Ends one token and nothing else. It is named by its value or by its hash as the journal shows it (`sha256:…`). */
function endToken(world: LocalGoogle, name: string): 'access_token' | 'refresh_token' {
  const isNamed = (token: string): boolean => token === name || hashed(token) === name
  const { accessTokens, refreshTokens } = world.state
  for (const token of accessTokens.keys()) {
    if (!isNamed(token)) continue
    dropAccessToken(world, token)
    return 'access_token'
  }
  for (const token of refreshTokens.keys()) {
    if (!isNamed(token)) continue
    dropRefreshToken(world, token)
    return 'refresh_token'
  }
  throw invalid('there is no such token; it may have ended already')
}
