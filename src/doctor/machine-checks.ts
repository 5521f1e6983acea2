import { accessSync, constants } from 'node:fs'
import { Failure, fileProblem } from '../failures/index.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import type { DoctorCheck, DoctorState } from './doctor-state.ts'

/** The checks of Node, the TLS settings, the configuration folder and the store. */
export const machineChecks: readonly DoctorCheck[] = [
  {
    name: 'node',
    title: 'Node is new enough',
    run: ({ version, platform }) => {
      requireNode(process.versions.node)
      return `Node ${process.versions.node}, gsa ${version}, ${platform} ${process.arch}`
    },
  },
  { name: 'tls', title: 'TLS certificates are verified', run: tlsCheck },
  {
    name: 'configuration',
    title: 'The configuration folder is writable',
    run: async ({ credentials, settings }) => {
      refuseEnvironmentToken(settings)
      await credentials.storage.index.probe()
      return settings.configDir
    },
  },
  {
    name: 'store',
    title: 'The store saves a secret and returns it',
    run: async ({ credentials, settings, platform }) => {
      refuseEnvironmentToken(settings)
      const { secrets } = credentials.storage
      await secrets.probe()
      return storeDetail(secrets.name, platform, process.execPath)
    },
  },
]

const oldestNode = '20.19.0'

/** Checks a version of Node. @throws Failure `node_too_old` */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode.split('.').map(Number)
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new Failure('node_too_old', { version, needed: oldestNode })
}

/** Returns a working store's name, and when macOS will ask about it again. */
export function storeDetail(store: string, platform: NodeJS.Platform, node: string): string {
  const isAskedAgain = store === 'keychain' && platform === 'darwin' && node.includes('/Cellar/')
  return isAskedAgain ? `${store}; macOS asks again after each upgrade of Homebrew's Node` : store
}

function tlsCheck({ env }: DoctorState): string | Concern {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') throw new Failure('tls_switched_off', { host: 'any server' })
  const file = env['NODE_EXTRA_CA_CERTS'] ?? ''
  if (file === '') return "with Node's CA certificates"
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    return {
      detail: `NODE_EXTRA_CA_CERTS names "${file}", which cannot be read (${fileProblem(error)}), so Node ignores it.`,
      fix: 'Correct the path, or unset NODE_EXTRA_CA_CERTS.',
    }
  }
  return `with Node's CA certificates and those in ${file}`
}

function refuseEnvironmentToken({ refreshToken }: DoctorState['settings']): void {
  if (refreshToken !== undefined) throw new NotAvailable('not used, because GSA_REFRESH_TOKEN is set')
}
