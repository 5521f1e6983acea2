import { Failure } from '../failures/index.ts'
import { readNamedFileNow } from '../files/read-file.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import { projectNumber } from '../oauth/project-number.ts'
import { type DoctorCheck, known } from './doctor-state.ts'

/** A rule that a file of an app must keep. */
export interface AppFileRule<Content> {
  /** Behind the name of the file's first check. */
  readonly name: string
  readonly title: string
  /**
   * What is right about it, or a {@link Concern}. `client` is the OAuth client of the backend, where it is known.
   * @throws Failure `app_file_wrong`, NotAvailable
   */
  readonly check: (content: Content, file: string, client: OAuthClient | undefined) => string | Concern
}

/** The checks of a file: that it can be read as what it should be, and then each rule. */
export function appFileCheckList<Content>(
  kind: { readonly name: string; readonly title: string; readonly parse: (text: string, file: string) => Content },
  file: string,
  rules: readonly AppFileRule<Content>[],
): readonly DoctorCheck[] {
  let content: Content | undefined
  return [
    {
      name: kind.name,
      title: kind.title,
      run: () => {
        content = kind.parse(readText(file), file)
        return file
      },
    },
    ...rules.map(({ name, title, check }): DoctorCheck => ({
      name: `${kind.name}-${name}`,
      title,
      needs: [kind.name],
      run: ({ client }) => check(known(content, 'the file'), file, client),
    })),
  ]
}

/**
 * Holds a server client id of an app against the client that redeems its codes: the project must be
 * the same, and the id should be.
 */
export function heldAgainstClient(
  serverClientId: string,
  place: string,
  client: OAuthClient | undefined,
): string | Concern {
  if (client === undefined) return `${serverClientId}; there is no client here to hold it against`
  if (client.type !== 'web') return `${serverClientId}; the client here is no web client to hold it against`
  if (client.clientId === serverClientId) return `${serverClientId}, the client here`
  return {
    detail: `${place} is ${serverClientId}, and the client here is ${client.clientId}: codes that the app gets cannot be redeemed with it.`,
    fix:
      projectNumber(serverClientId) === projectNumber(client.clientId)
        ? 'Use one web client for both: pass its JSON with --client-secrets FILE, or put its id into the app.'
        : 'The two are of different Cloud projects. Put the id of the web client of this project into the app, or pass the JSON of the other one with --client-secrets FILE.',
  }
}

const largestBytes = 4 * 1024 * 1024

/** @throws Failure `file_unreadable` */
function readText(file: string): string {
  return readNamedFileNow(file, largestBytes).toString('utf8')
}

/** A file that breaks a rule; `problem` goes on after its name, `remedy` is a sentence. */
export function wrongAppFile(file: string, problem: string, remedy: string): Failure {
  return new Failure('app_file_wrong', { file, problem, remedy })
}

/** A value that Xcode or Gradle fills in later. @throws NotAvailable */
export function refuseBuildSetting(name: string, value: string): void {
  if (/\$[({]/.test(value)) throw new NotAvailable(`${name} is the build setting ${value}, which only the build knows`)
}
