import { type EmulatorAccount, projectOf } from './built-in.ts'
import type { State } from './state.ts'

/** The console's settings of one Cloud project: who may sign in to its clients, and for how long. */
export interface Project {
  /** The digits before the dash of its client ids. */
  readonly number: string
  /**
   * In `testing`, only test users may sign in, and refresh tokens for more than sign-in last seven days (evidence B3).
   */
  readonly publishingStatus: 'production' | 'testing'
  /** Email addresses; while undefined, every account is a test user. */
  readonly testUsers?: readonly string[]
  /** The Workspace domain of an internal app; other users may not sign in. */
  readonly organization?: string
}

/** Returns a client's project. */
export function projectFor(state: State, clientId: string): Project {
  return projectNumbered(state, projectOf(clientId))
}

/** Returns the project with a number; a project that was never configured is in production and open to everyone. */
export function projectNumbered(state: State, number: string): Project {
  return state.projects.get(number) ?? { number, publishingStatus: 'production' }
}

/** Returns whether a project in testing admits an account. */
export function isTestUser({ publishingStatus, testUsers }: Project, account: EmulatorAccount): boolean {
  if (publishingStatus === 'production' || testUsers === undefined) return true
  return testUsers.some((email) => email.toLowerCase() === account.email.toLowerCase())
}

/** Returns whether a project is internal to an organization that the account does not belong to. */
export function isOutsideOrganization({ organization }: Project, account: EmulatorAccount): boolean {
  return organization !== undefined && organization !== account.hostedDomain
}
