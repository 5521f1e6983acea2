import type { EmulatorAccount, EmulatorClient } from '../records/built-in.ts'
import { isOutsideOrganization, isTestUser, projectFor } from '../records/project.ts'
import type { State } from '../records/state.ts'
import { type AuthorizationError, testersHelpUrl } from './authorization-error.ts'

/** Returns the reason a registered client cannot be used (evidence B2, B3), or undefined if it can. */
export function unusableClient({ status }: EmulatorClient): AuthorizationError | undefined {
  return status && clientError(status)
}

/** Returns the error for a client that was deleted or disabled in the console. */
export function clientError(status: 'deleted' | 'disabled'): AuthorizationError {
  return { code: `${status}_client`, status: 401, description: `The OAuth client was ${status}.` }
}

/** Returns the error for an app blocked by a Workspace administrator. Google's text is not known. */
export function adminPolicyEnforced(): AuthorizationError {
  const description = `Access to your account data is restricted by policies within your organization. Please contact the administrator of your organization for more information.`
  return { code: 'admin_policy_enforced', status: 400, description }
}

/** Returns the error for an account outside the app's organization. Google's text is not known. */
export function orgInternal(): AuthorizationError {
  const description = `This client is restricted to users within its organization.`
  return { code: 'org_internal', status: 403, description }
}

/**
 * Returns the error for an account that is not a test user of an app in testing; Google repeats the request's
 * parameters.
 */
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
 * Returns the reason an account may not use a client (evidence B2): the app is in testing, belongs to an organization,
 * or is blocked by the account's administrator. `parameters` are the request's; Google repeats them to a user who is
 * not a tester.
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
