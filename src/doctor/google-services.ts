import { isJsonObject, type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import { projectNumber } from '../oauth/project-number.ts'
import { appFileCheckList, type AppFileRule, heldAgainstClient, wrongAppFile } from './app-file.ts'
import type { DoctorCheck } from './doctor-state.ts'

/** The checks of the google-services.json of an Android app that signs in with Google. */
export function googleServicesChecks(file: string): readonly DoctorCheck[] {
  return appFileCheckList({ name: 'google-services', title: 'google-services.json can be read', parse }, file, rules)
}

const androidClient = 1
const webClient = 3

interface GoogleServices {
  readonly projectNumber: string
  /** The OAuth clients of all apps in the file. */
  readonly clients: readonly JsonObject[]
}

const rules: readonly AppFileRule<GoogleServices>[] = [
  {
    name: 'android-client',
    title: 'The file has an Android client with a certificate',
    check: ({ clients }, file) => {
      const found = clients.flatMap((client) => (client['client_type'] === androidClient ? certificateOf(client) : []))
      if (found.length > 0) return found.join(', ')
      throw wrongAppFile(
        file,
        'has no Android client with a certificate hash (client_type 1), so sign-in fails with DEVELOPER_ERROR (10)',
        'Register the SHA-1 of each certificate that signs the app (debug, upload, Play) in the console or in Firebase, and download the file again.',
      )
    },
  },
  {
    name: 'web-client',
    title: 'The file has the web client of the backend',
    check: ({ clients, projectNumber: project }, file, client) => {
      const ids = [...new Set(clients.filter((one) => one['client_type'] === webClient).map(idOf))]
      const [first] = ids
      if (first === undefined)
        throw wrongAppFile(
          file,
          'has no web client (client_type 3), whose id the app needs to get a code',
          'Create an OAuth client of the type "Web application" in the same project, and download the file again.',
        )
      const foreign = ids.find((id) => projectNumber(id) !== project)
      if (foreign !== undefined)
        throw wrongAppFile(
          file,
          `is for project ${project}, but its web client ${foreign} belongs to another one`,
          'Download the file again, and do not edit it by hand.',
        )
      return heldAgainstClient(ids.find((id) => id === client?.clientId) ?? first, 'The web client of the file', client)
    },
  },
]

function parse(text: string, file: string): GoogleServices {
  const document = parseJsonObject(Buffer.from(text))
  const project = document?.['project_info']
  const number = isJsonObject(project) ? stringMember(project, 'project_number') : undefined
  if (document === undefined || number === undefined)
    throw wrongAppFile(
      file,
      'is not the google-services.json of an Android app: it has no project_info with a project_number',
      'Download it from the settings of the project in Firebase, and pass app/google-services.json.',
    )
  const clients = objectsOf(document['client']).flatMap((app) => objectsOf(app['oauth_client']))
  return { projectNumber: number, clients }
}

function certificateOf(client: JsonObject): readonly string[] {
  const info = client['android_info']
  if (!isJsonObject(info)) return []
  const [name, hash] = [stringMember(info, 'package_name'), stringMember(info, 'certificate_hash')]
  return hash === undefined || hash === '' ? [] : [`${name ?? 'an unnamed app'} with ${hash.slice(0, 8)}…`]
}

function idOf(client: JsonObject): string {
  return stringMember(client, 'client_id') ?? ''
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
