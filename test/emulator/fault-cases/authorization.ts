import { expect } from 'vitest'
import type { Emulator } from '../../../src/emulator/index.ts'
import { authorizationUrl, send } from '../raw-http.ts'
import type { FaultCase } from './fault-case.ts'

/** Returns the result of a valid authorization request: parameters of the redirect, or the text of the error page. */
async function authorize(google: Emulator): Promise<unknown> {
  const { headers } = await send(authorizationUrl(google))
  const location = headers.location ?? ''
  if (location.startsWith(google.issuer)) return { errorPage: (await send(location)).body }
  const url = new URL(location)
  return {
    names: [...url.searchParams.keys()].toSorted().join(' '),
    state: url.searchParams.getAll('state'),
    iss: url.searchParams.getAll('iss'),
    code: url.searchParams.getAll('code'),
    error: url.searchParams.get('error'),
    spelling: /code=4%2F0A/.test(location) ? '%2F' : '/',
  }
}

const page = (status: number, code: string, text = ''): object => ({
  errorPage: expect.stringMatching(new RegExp(`Error ${status}: ${code}[^]*${text}`)),
})
const aCode = expect.stringMatching(/^4\/0A/)

const rows: readonly (readonly [fault: string, sees: object])[] = [
  ['access-denied-not-verified', page(403, 'access_denied', 'currently being tested[^]*<dt>redirect_uri</dt>')],
  ['org-internal', page(403, 'org_internal')],
  ['admin-policy', page(400, 'admin_policy_enforced')],
  ['disallowed-useragent', page(403, 'disallowed_useragent')],
  ['deleted-client', page(401, 'deleted_client', 'The OAuth client was deleted.')],
  ['disabled-client', page(401, 'disabled_client', 'The OAuth client was disabled.')],
  ['invalid-grant', page(400, 'invalid_grant')],
  ['scopes-cannot-be-shown', page(400, 'invalid_scope', 'Some requested scopes cannot be shown: \\[openid, email, ')],
  ['wrong-state', { state: ['the statex'], code: [aCode] }],
  ['no-state', { state: [], code: [aCode] }],
  ['two-states', { state: ['the state', 'the statex'], code: [aCode] }],
  ['wrong-iss', { iss: ['https://other.example'], code: [aCode] }],
  ['no-iss', { iss: [], code: [aCode] }],
  ['no-code', { code: [], state: ['the state'], error: null }],
  ['two-codes', { code: [aCode, aCode] }],
  ['encoded-code', { spelling: '%2F', code: [aCode] }],
  ['error-instead-of-code', { error: 'server_error', names: 'error iss state', state: ['the state'] }],
]

/** Faults of the authorization endpoint. */
export const authorizationCases: readonly FaultCase[] = rows.map(([fault, sees]) => ({
  fault,
  on: 'authorize',
  ask: authorize,
  sees,
}))
