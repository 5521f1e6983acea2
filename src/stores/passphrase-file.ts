import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Secret } from '../core/secret.ts'
import { Failure, fileProblem, isFailure, typedCommand } from '../failures/index.ts'
import { canBeChanged } from '../files/can-be-changed.ts'
import { readNamedFile } from '../files/read-file.ts'
import { isSamePath } from '../files/same-path.ts'
import { storeName } from './store-name.ts'

/** The options of {@link readPassphrase}. */
export interface PassphraseReading {
  /** Ends the wait for a pipe. */
  readonly signal: AbortSignal
  /** Called with a concern that is no reason to stop. */
  readonly onConcern: (sentence: string) => void
}

const longestPassphraseFile = 64 * 1024

/**
 * Returns the passphrase in a file: its first line. The file must not be in the folder of the store that it opens,
 * because a copy of the folder would contain both. Other users must not be able to write to it: they could choose the
 * passphrase of a new store.
 * @throws Failure `passphrase_file_unusable`, `interrupted`
 */
export async function readPassphrase(
  file: string,
  store: string,
  { signal, onConcern }: PassphraseReading,
): Promise<Secret> {
  // The user may have passed the passphrase itself.
  const isName = /[\\/.]/.test(file) || existsSync(file)
  const unusable = (problem: string): Failure =>
    new Failure('passphrase_file_unusable', { file: isName ? file : `[${file.length} characters]`, problem })
  if (liesBeside(file, storeName(store).replace(/^file:/, '')))
    throw unusable('it is in the same folder as the store that it opens')
  try {
    if (process.geteuid !== undefined) checkMode(file, unusable, onConcern)
    const [line = ''] = (await readNamedFile(file, signal, longestPassphraseFile)).toString('utf8').split(/\r?\n/, 1)
    if (line === '') throw unusable('its first line is empty')
    return new Secret(line)
  } catch (error) {
    if (isFailure(error, 'file_unreadable')) throw unusable(error.details.problem)
    throw error instanceof Failure ? error : unusable(fileProblem(error))
  }
}

function checkMode(
  file: string,
  unusable: (problem: string) => Failure,
  onConcern: PassphraseReading['onConcern'],
): void {
  const status = statSync(file)
  if (!status.isFile()) return
  if ((status.mode & 0o022) !== 0)
    throw unusable(
      `other users can write to it (mode 0${(status.mode & 0o777).toString(8)}); run: ${typedCommand(['chmod', 'go-w', file])}`,
    )
  // Reading it does not help without the store, which only its owner can read. Docker and Kubernetes secrets are
  // readable by every user in their container, and cannot be changed there.
  if ((status.mode & 0o044) !== 0 && status.uid === process.geteuid?.() && canBeChanged(file))
    onConcern(
      `Other users can read the passphrase file. To keep it to yourself: ${typedCommand(['chmod', '600', file])}`,
    )
}

function liesBeside(file: string, store: string): boolean {
  return (
    isSamePath(dirname(resolve(file)), dirname(resolve(store))) ||
    isSamePath(dirname(realPath(file)), dirname(realPath(store)))
  )
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return resolve(file)
  }
}
