import { readFault } from '../faults/faults.ts'
import type { LocalGoogle } from '../local-google.ts'
import { configurationSections, type EmulatorConfiguration } from '../records/configuration.ts'
import { invalid, isRecord } from '../records/input.ts'
import { createState, findAccount } from '../records/state.ts'
import { addAccount, addClient, fillFolder } from './additions.ts'
import { refuseUnknownMembers } from './request-members.ts'
import { changeAccount, changeClient, setProject } from './settings.ts'

/**
 * Reads a configuration, such as a parsed JSON file.
 * @throws RangeError when it has an unknown member, or one that is not a list of objects.
 * @example
 * import { readConfiguration, startEmulator } from 'gsa-cli/emulator'
 *
 * const config = readConfiguration({ accounts: [{ email: 'new@example.com' }] })
 * const google = await startEmulator({ config })
 * console.log(google.accounts.some(({ email }) => email === 'new@example.com')) // true
 * await google.close()
 */
export function readConfiguration(value: unknown): EmulatorConfiguration {
  if (!isRecord(value)) throw invalid('a configuration must be a JSON object')
  const unknown = Object.keys(value).find((name) => !configurationSections.some((section) => section === name))
  if (unknown !== undefined)
    throw invalid(`a configuration has no member "${unknown}"; it accepts ${configurationSections.join(', ')}`)
  const configuration: EmulatorConfiguration = {}
  for (const section of configurationSections) {
    const list = value[section]
    if (list === undefined) continue
    if (!Array.isArray(list) || !list.every((item) => isRecord(item)))
      throw invalid(`"${section}" must be a list of objects`)
    configuration[section] = list
  }
  return configuration
}

/** Adds an account, or changes it if it already exists, like a built-in one. */
function configureAccount(google: LocalGoogle, body: Readonly<Record<string, unknown>>): void {
  const { email } = body
  const known = typeof email === 'string' ? findAccount(google.state, email) : undefined
  if (known !== undefined) changeAccount(google, { ...body, account: known.sub })
  else addAccount(google, body)
}

const steps: Record<
  (typeof configurationSections)[number],
  (google: LocalGoogle, body: Readonly<Record<string, unknown>>) => void
> = {
  accounts: configureAccount,
  clients: (google, body) => {
    changeClient(google, { ...body, clientId: addClient(google, body).clientId })
  },
  projects: setProject,
  files: fillFolder,
  faults: (google, body) => google.faults.arm(readFault(body)),
}

/**
 * Forgets everything except the signing keys, then restores the built-in and the configured clients and accounts.
 * @throws RangeError naming the part of the configuration that is invalid.
 * @internal
 */
export function resetLocalGoogle(google: LocalGoogle): void {
  google.state = createState(google.configuredClients)
  google.clock.reset()
  google.journal.reset()
  google.signIns.reset()
  google.faults.reset()
  google.windows.clear()
  google.dpop.proofs.clear()
  google.dpop.demands.clear()
  for (const section of configurationSections) {
    for (const [index, body] of (google.configuration[section] ?? []).entries()) {
      try {
        refuseUnknownMembers(`POST ${section}`, body, section === 'clients' ? ['status'] : [])
        steps[section](google, body)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        throw invalid(`${section}[${index}]: ${error.message}`)
      }
    }
  }
}
