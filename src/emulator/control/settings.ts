import type { LocalGoogle } from '../local-google.ts'
import { dpopPolicies, type EmulatorAccount, type EmulatorClient, projectOf } from '../records/built-in.ts'
import { countOf, flagOf, invalid, textOf, textsOf } from '../records/input.ts'
import { type Project, projectNumbered } from '../records/project.ts'
import { changePassword } from '../records/refresh-tokens.ts'
import { accountNamed } from '../records/state.ts'

type Body = Record<string, unknown>

/** The requests that change settings as the console or an administrator can, by name. */
export const settings: Record<string, (google: LocalGoogle, body: Body) => unknown> = {
  'GET accounts': (google) => ({ accounts: [...google.state.accounts.values()] }),
  'GET clients': (google) => ({ clients: [...google.state.clients.values()] }),
  'GET projects': (google) => ({
    projects: [...new Set([...google.state.clients.keys()].map((clientId) => projectOf(clientId)))].map((number) =>
      projectNumbered(google.state, number),
    ),
  }),
  'POST projects': (google, body) => ({ project: setProject(google, body) }),
  'PATCH accounts': (google, body) => ({ account: changeAccount(google, body) }),
  'PATCH clients': (google, body) => ({ client: changeClient(google, body) }),
  'POST accounts/password': (google, body) => ({
    refreshTokensEnded: changePassword(google, namedAccount(google, body).sub),
  }),
}

/**
 * Returns the account that a request names.
 * @throws RangeError when it names none, or there is no such account.
 */
export function namedAccount(google: LocalGoogle, body: Body): EmulatorAccount {
  const name = textOf(body, 'account')
  if (!name) throw invalid('"account" must name an account by email address or sub')
  return accountNamed(google.state, name)
}

/**
 * Changes the settings of the account named `account`; null removes one. The account object changes in place, so that
 * tokens issued earlier see the change.
 * @throws RangeError when there is no such account or a value is invalid.
 */
export function changeAccount(google: LocalGoogle, body: Body): EmulatorAccount {
  const account = namedAccount(google, body)
  readAccountSettings(body)(account)
  return account
}

/**
 * Reads the settings of an account and returns a function that applies them.
 * @throws RangeError when a value is invalid.
 */
export function readAccountSettings(body: Body): (account: EmulatorAccount) => void {
  const sessionSeconds = countOf(body, 'sessionSeconds', 1_000_000_000)
  const blockedByAdmin = flagOf(body, 'blockedByAdmin')
  const storageLimitBytes = countOf(body, 'storageLimitBytes', Number.MAX_SAFE_INTEGER)
  return (account) => {
    if (sessionSeconds !== undefined) account.sessionSeconds = sessionSeconds
    else if (body['sessionSeconds'] === null) delete account.sessionSeconds
    if (blockedByAdmin !== undefined) account.blockedByAdmin = blockedByAdmin
    if (storageLimitBytes !== undefined) account.storageLimitBytes = storageLimitBytes
    else if (body['storageLimitBytes'] === null) delete account.storageLimitBytes
  }
}

const statuses = ['active', 'deleted', 'disabled'] as const

/**
 * Changes the status, the secret or the DPoP settings of the client `clientId`. The client object changes in place, so
 * that codes issued earlier see the change.
 * @throws RangeError when there is no such client or a value is invalid.
 */
export function changeClient(google: LocalGoogle, body: Body): EmulatorClient {
  const clientId = textOf(body, 'clientId')
  const client = google.state.clients.get(clientId ?? '')
  if (client === undefined) throw invalid(`there is no client ${clientId ?? '(no "clientId" was given)'}`)
  const text = textOf(body, 'status')
  const status = statuses.find((candidate) => candidate === text)
  if (text !== undefined && !status) throw invalid(`"status" must be one of ${statuses.join(', ')}`)
  const clientSecret = textOf(body, 'clientSecret')
  const dpop = readDpopSettings(body)
  if (clientSecret === '') throw invalid('"clientSecret" must not be empty')
  if (status === 'active') delete client.status
  else if (status) client.status = status
  if (clientSecret !== undefined) client.clientSecret = clientSecret
  return Object.assign(client, dpop)
}

/**
 * Returns the settings of a client for DPoP that a request has.
 * @throws RangeError when a value is invalid.
 */
export function readDpopSettings(body: Body): Pick<EmulatorClient, 'dpop' | 'dpopNonce'> {
  const text = textOf(body, 'dpop')
  const dpop = dpopPolicies.find((candidate) => candidate === text)
  if (text !== undefined && !dpop) throw invalid(`"dpop" must be one of ${dpopPolicies.join(', ')}`)
  const dpopNonce = flagOf(body, 'dpopNonce')
  return { ...(dpop !== undefined && { dpop }), ...(dpopNonce !== undefined && { dpopNonce }) }
}

const publishingStatuses = ['production', 'testing'] as const

/**
 * Changes the given settings of the project that `clientId` belongs to or that has the number `project`; null removes
 * the test users or the organization.
 * @throws RangeError when a value is invalid.
 */
export function setProject(google: LocalGoogle, body: Body): Project {
  const clientId = textOf(body, 'clientId') ?? [...google.state.clients.keys()][0] ?? ''
  const number = textOf(body, 'project') ?? projectOf(clientId)
  if (!/^\d+$/.test(number))
    throw invalid('"project" must be a project number, the digits before the dash of a client id')
  const before = projectNumbered(google.state, number)
  const text = textOf(body, 'publishingStatus') ?? before.publishingStatus
  const publishingStatus = publishingStatuses.find((candidate) => candidate === text)
  if (!publishingStatus) throw invalid(`"publishingStatus" must be one of ${publishingStatuses.join(', ')}`)
  const testUsers = body['testUsers'] === null ? undefined : (textsOf(body, 'testUsers') ?? before.testUsers)
  const organization = body['organization'] === null ? undefined : (textOf(body, 'organization') ?? before.organization)
  const project: Project = {
    number,
    publishingStatus,
    ...(testUsers === undefined ? {} : { testUsers }),
    ...(organization !== undefined && { organization }),
  }
  google.state.projects.set(number, project)
  return project
}
