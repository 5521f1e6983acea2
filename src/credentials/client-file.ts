import { Failure, isFailure } from '../failures/index.ts'
import { readNamedFileNow, readPipeAhead } from '../files/read-file.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import { type OAuthClient, parseClientSecrets } from '../oauth/client.ts'
import type { Settings } from './settings.ts'

/** The client secrets file of a run. */
interface ClientFile {
  /**
   * Returns the client in the file; undefined if no file was named.
   * @throws Failure `client_secrets_unreadable` and what {@link parseClientSecrets} throws
   */
  readonly fileClient: () => OAuthClient | undefined
  /** Waits for the file if it is a pipe. @throws Failure `file_unreadable`, `interrupted` */
  readonly readClientFileAhead: () => Promise<void>
}

/** Returns the client secrets file that the settings name. Reads nothing yet. */
export function clientFile(
  { clientSecretsFile: file, issuer, usesEmulator }: Settings,
  signal: AbortSignal,
): ClientFile {
  if (file === undefined) return { fileClient: () => undefined, readClientFileAhead: () => Promise.resolve() }
  return {
    readClientFileAhead: () => readPipeAhead(file, signal),
    fileClient: () =>
      parseClientSecrets(readClientFile(file, usesEmulator), file, issuer !== undefined && issuer !== googleIssuer),
  }
}

/**
 * Returns the content of a client secrets file.
 * @param usesEmulator for the advice
 * @throws Failure `client_secrets_unreadable`
 */
export function readClientFile(file: string, usesEmulator: boolean): Buffer {
  try {
    return readNamedFileNow(file)
  } catch (error) {
    if (!isFailure(error, 'file_unreadable')) throw error
    const { problem } = error.details
    throw new Failure('client_secrets_unreadable', { file, problem, usesEmulator }, { cause: error })
  }
}
