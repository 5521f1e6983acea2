import { type EmulatorAccount, projectOf } from './built-in.ts'
import type { State } from './state.ts'

/** What the console keeps about one Cloud project: who may sign in to its clients, and for how long. */
export interface Project {
  /** The digits before the dash of its client ids. */
  readonly number: string
  /** In `testing` only test users get in, and refresh tokens for more than sign-in live seven days (evidence B3). */
  readonly publishingStatus: 'production' | 'testing'
  /** E-mail addresses; undefined while nobody was listed: every account counts as one then. */
  readonly testUsers?: readonly string[]
  /** The Workspace domain of an internal app: nobody else may sign in. */
  readonly organization?: string
}

/** The project of a client. */
export function projectFor(state: State, clientId: string): Project {
  return projectNumbered(state, projectOf(clientId))
}

/** The project with that number; one that was never configured is in production and open to everybody. */
export function projectNumbered(state: State, number: string): Project {
  return state.projects.get(number) ?? { number, publishingStatus: 'production' }
}

/** Whether the project lets that account in while it is in testing. */
export function isTestUser({ publishingStatus, testUsers }: Project, account: EmulatorAccount): boolean {
  if (publishingStatus === 'production' || testUsers === undefined) return true
  return testUsers.some((email) => email.toLowerCase() === account.email.toLowerCase())
}

/** Whether the project is internal to an organisation that the account does not belong to. */
export function isOutsideOrganization({ organization }: Project, account: EmulatorAccount): boolean {
  return organization !== undefined && organization !== account.hostedDomain
}
