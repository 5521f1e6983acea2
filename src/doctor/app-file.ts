import { decodedText } from '../core/outside-text.ts'
import { Failure } from '../failures/index.ts'
import { readNamedFileNow } from '../files/read-file.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import { projectNumber } from '../oauth/project-number.ts'
import { type DoctorCheck, known } from './doctor-state.ts'

/** A rule for a file of an app. */
export interface AppFileRule<Content> {
  /** Appended to the name of the file's first check. */
  readonly name: string
  readonly title: string
  /**
   * Returns what was found, or a {@link Concern}. `client` is the OAuth client of the backend, if known.
   * @throws Failure `app_file_wrong`, NotAvailable
   */
  readonly check: (content: Content, file: string, client: OAuthClient | undefined) => string | Concern
}

/** The checks of a file: that it can be parsed, and then each rule. */
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
 * Compares an app's server client id with the client that redeems its codes. The project must match, and the id should.
 */
export function heldAgainstClient(
  serverClientId: string,
  place: string,
  client: OAuthClient | undefined,
): string | Concern {
  if (client === undefined) return `${serverClientId}; no client is configured to compare it with`
  if (client.type !== 'web')
    return `${serverClientId}; not compared, because the configured client is not a "Web application" client`
  if (client.clientId === serverClientId) return `${serverClientId}, the configured client`
  return {
    detail: `${place} is ${serverClientId}, but the configured client is ${client.clientId}, which cannot redeem codes of this app.`,
    fix:
      projectNumber(serverClientId) === projectNumber(client.clientId)
        ? 'Use one web client for both: pass its JSON with --client-secrets FILE, or put its id into the app.'
        : "The two belong to different Cloud projects. Put the id of this project's web client into the app, or pass the JSON of the other one with --client-secrets FILE.",
  }
}

const largestBytes = 4 * 1024 * 1024

/** @throws Failure `file_unreadable` */
function readText(file: string): string {
  return decodedText(readNamedFileNow(file, largestBytes))
}

/** Returns the failure of a file that breaks a rule. `problem` follows the file name, `remedy` is a sentence. */
export function wrongAppFile(file: string, problem: string, remedy: string): Failure {
  return new Failure('app_file_wrong', { file, problem, remedy })
}

/** Skips the check if Xcode or Gradle fills in the value later. @throws NotAvailable */
export function refuseBuildSetting(name: string, value: string): void {
  if (/\$[({]/.test(value))
    throw new NotAvailable(`${name} is the build setting ${value}, which only the build resolves`)
}
