import type { EmulatorAccount, EmulatorClient } from '../records/built-in.ts'
import { isOutsideOrganization, isTestUser, projectFor } from '../records/project.ts'
import type { State } from '../records/state.ts'
import { type AuthorizationError, testersHelpUrl } from './authorization-error.ts'

/** Why a client that was found cannot be used (evidence B2, B3); undefined when it can. */
export function unusableClient({ status }: EmulatorClient): AuthorizationError | undefined {
  return status && clientError(status)
}

/** A client that was deleted or disabled in the console. */
export function clientError(status: 'deleted' | 'disabled'): AuthorizationError {
  return { code: `${status}_client`, status: 401, description: `The OAuth client was ${status}.` }
}

/** A Workspace administrator who does not allow the app. The text is not established. */
export function adminPolicyEnforced(): AuthorizationError {
  const description = `Access to your account data is restricted by policies within your organization. Please contact the administrator of your organization for more information.`
  return { code: 'admin_policy_enforced', status: 400, description }
}

/** An account outside the organisation that the app is for. The text is not established. */
export function orgInternal(): AuthorizationError {
  const description = `This client is restricted to users within its organization.`
  return { code: 'org_internal', status: 403, description }
}

/** An account that is no test user of an app in testing; Google repeats the parameters of the request. */
export function notTestUser(parameters: URLSearchParams): AuthorizationError {
  return {
    code: 'access_denied',
    status: 403,
    description:
      'The developer hasn’t given you access to this app. It’s currently being tested and it hasn’t been verified by Google. If you think you should have access, contact the developer (developer@example.com).',
    helpUrl: testersHelpUrl,
    details: [...parameters].map(([name, value]) => ({ name, value })),
  }
}

/**
 * Why that account is not let into that client (evidence B2): the app is being tested, belongs to an
 * organisation, or is blocked by the account's administrator. `parameters` are the request's; Google repeats
 * them to a user who is no tester.
 */
export function admissionError(
  state: State,
  client: EmulatorClient,
  account: EmulatorAccount,
  parameters: URLSearchParams = new URLSearchParams(),
): AuthorizationError | undefined {
  const project = projectFor(state, client.clientId)
  if (account.blockedByAdmin) return adminPolicyEnforced()
  if (isOutsideOrganization(project, account)) return orgInternal()
  return isTestUser(project, account) ? undefined : notTestUser(parameters)
}
