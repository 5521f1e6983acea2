import { appFileCheckList, type AppFileRule, heldAgainstClient, refuseBuildSetting, wrongAppFile } from './app-file.ts'
import { NotAvailable } from './checklist.ts'
import { projectNumber } from '../oauth/project-number.ts'
import type { DoctorCheck } from './doctor-state.ts'
import { parsePropertyList, type PropertyDictionary, type PropertyList } from './property-list.ts'

/** The checks of the Info.plist of an iOS app that signs in with Google. */
export function infoPlistChecks(file: string): readonly DoctorCheck[] {
  return appFileCheckList({ name: 'info-plist', title: 'Info.plist can be read', parse }, file, rules)
}

const suffix = '.apps.googleusercontent.com'

const rules: readonly AppFileRule<PropertyDictionary>[] = [
  {
    name: 'client-id',
    title: 'GIDClientID is the iOS client',
    check: (plist, file) => clientIdOf(plist, 'GIDClientID', file, 'the iOS client'),
  },
  {
    name: 'server-client-id',
    title: 'GIDServerClientID is the web client of the backend',
    check: (plist, file, client) => {
      const serverId = clientIdOf(plist, 'GIDServerClientID', file, 'the web client of the backend')
      const ownId = plist.get('GIDClientID')
      if (serverId === ownId)
        throw wrongAppFile(
          file,
          'has the same id in GIDClientID and GIDServerClientID',
          'Set GIDServerClientID to the id of the web client. The iOS client has no secret, so no backend can redeem its codes.',
        )
      if (typeof ownId === 'string' && !/\$[({]/.test(ownId) && projectNumber(ownId) !== projectNumber(serverId))
        throw wrongAppFile(
          file,
          `has ids from two Cloud projects (GIDClientID of ${projectNumber(ownId) ?? 'none'}, GIDServerClientID of ${projectNumber(serverId) ?? 'none'}), so Google responds with invalid_audience`,
          'Use an iOS client and a web client of the same project.',
        )
      return heldAgainstClient(serverId, 'GIDServerClientID', client)
    },
  },
  {
    name: 'url-scheme',
    title: 'The app receives the sign-in response',
    check: (plist, file) => {
      const id = plist.get('GIDClientID')
      if (typeof id !== 'string' || projectNumber(id) === undefined) throw new NotAvailable('needs GIDClientID')
      const scheme = id.split('.').toReversed().join('.')
      const schemes = urlSchemes(plist)
      for (const found of schemes) if (found.toLowerCase() === scheme.toLowerCase()) return scheme
      for (const found of schemes) refuseBuildSetting('A URL scheme', found)
      throw wrongAppFile(
        file,
        `does not have the reversed client id ${scheme} in its URL schemes`,
        'Add it to CFBundleURLSchemes in CFBundleURLTypes: gsa snippet ios prints the lines.',
      )
    },
  },
]

function parse(text: string, file: string): PropertyDictionary {
  if (text.startsWith('bplist'))
    throw wrongAppFile(
      file,
      'is a binary property list',
      `Pass it as XML: plutil -convert xml1 -o Info.xml.plist ${file}`,
    )
  const plist = parsePropertyList(text)
  if (plist instanceof Map) return plist
  throw wrongAppFile(
    file,
    'is not an XML property list with a top-level dictionary',
    'Pass the Info.plist of the app target. To check it for errors: plutil -lint FILE',
  )
}

/** Reads a client id. @throws Failure `app_file_wrong`, NotAvailable */
function clientIdOf(plist: PropertyDictionary, name: string, file: string, what: string): string {
  const value = plist.get(name)
  if (typeof value !== 'string' || value.trim() === '')
    throw wrongAppFile(
      file,
      `has no ${name}`,
      `Add it: the id of ${what}, which ends in ${suffix}. gsa snippet ios prints the lines.`,
    )
  refuseBuildSetting(name, value)
  if (projectNumber(value) === undefined)
    throw wrongAppFile(
      file,
      `has a ${name} that is not a client id: "${value}"`,
      `Copy the id of ${what} from the console: NUMBER-….apps.googleusercontent.com, not reversed, and not truncated.`,
    )
  return value
}

function urlSchemes(plist: PropertyDictionary): readonly string[] {
  return listOf(plist.get('CFBundleURLTypes'))
    .flatMap((type) => (type instanceof Map ? listOf((type as PropertyDictionary).get('CFBundleURLSchemes')) : []))
    .filter((scheme) => typeof scheme === 'string')
}

function listOf(value: PropertyList | undefined): readonly PropertyList[] {
  return Array.isArray(value) ? (value as readonly PropertyList[]) : []
}
