import type { OpenAccount } from '../credentials/open-credentials.ts'
import { Failure } from '../failures/index.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import { accountChecks, accountListCheck, accountsToCheck } from './account-checks.ts'
import { appFileChecks } from './app-file-checks.ts'
import { NotAvailable } from './checklist.ts'
import { clientChecks, registrationCheck } from './client-checks.ts'
import type { DoctorCheck, DoctorState } from './doctor-state.ts'
import { machineChecks } from './machine-checks.ts'
import { networkChecks } from './network-checks.ts'

/** The checks that `gsa doctor` will run, with their state. */
export interface Examination {
  readonly checks: readonly DoctorCheck[]
  readonly state: DoctorState
  readonly accounts: readonly OpenAccount[]
}

/** Sets up the checks for the existing accounts. Reads the account list; sends nothing. */
export async function examination(given: Omit<DoctorState, 'issuer'>): Promise<Examination> {
  const found = await accountsToCheck(given).catch((error: unknown) => {
    if (error instanceof Failure) return error
    throw error
  })
  const accounts = found instanceof Failure ? [] : found
  const state = { ...given, issuer: issuerOf(given, accounts) }
  const checks = [
    ...machineChecks,
    ...clientChecks(accounts),
    ...networkChecks,
    registrationCheck,
    accountListCheck(found),
    ...accounts.flatMap((account, at) => accountChecks(account, at + 1, state)),
    ...appFileChecks(state.appFiles),
  ]
  return { checks: state.isOffline ? checks.map(withoutSending) : checks, state, accounts }
}

/** Returns the chosen server, else the one that all accounts share, else Google's. */
function issuerOf({ settings }: Pick<DoctorState, 'settings'>, accounts: readonly OpenAccount[]): string {
  const [first, ...others] = new Set(accounts.map(({ account }) => account.issuer))
  return settings.issuer ?? (others.length === 0 ? first : undefined) ?? googleIssuer
}

function withoutSending(check: DoctorCheck): DoctorCheck {
  if (check.sends !== true) return check
  const { name, title } = check
  return {
    name,
    title,
    run: () => {
      throw new NotAvailable('--offline: nothing is sent')
    },
  }
}
