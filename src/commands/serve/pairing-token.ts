import { type Stats, statSync } from 'node:fs'
import { newPairingToken } from '../../backend/addresses.ts'
import { nonEmpty } from '../../core/environment.ts'
import { Secret } from '../../core/secret.ts'
import { Failure, fileProblem, refuseSecret, typedCommand } from '../../failures/index.ts'
import { canBeChanged } from '../../files/can-be-changed.ts'
import { isOwn } from '../../files/ownership.ts'
import { readNamedFile } from '../../files/read-file.ts'
import type { Context } from '../../terminal/context.ts'

/** The token that apps must send. */
export interface PairingToken {
  readonly token: Secret
  /** The file that it is from; undefined for a random one. */
  readonly file: string | undefined
}

const longestFile = 4 * 1024

/**
 * Returns the token that apps must send as `X-Pairing-Token`: the first line of the file of `--token-file` or
 * `GSA_SERVE_TOKEN_FILE`, which all instances of a fleet share, otherwise a random one if a token is needed.
 * @throws Failure `file_unreadable`, `file_invalid`, `secret_misplaced`, `interrupted`
 */
export async function pairingTokenFor(
  { env, signal }: Context,
  named: string | undefined,
  isNeeded: boolean,
): Promise<PairingToken | undefined> {
  const variable = nonEmpty(env['GSA_SERVE_TOKEN_FILE'])
  const file = named ?? variable
  if (file === undefined) return isNeeded ? { token: newPairingToken(), file } : undefined
  if (file === variable) refuseSecret('GSA_SERVE_TOKEN_FILE', file)
  checkMode(file)
  const [line = ''] = (await readNamedFile(file, signal, longestFile)).toString('utf8').split(/\r?\n/, 1)
  // Anything else is not one value of a header (RFC 9110 section 5.5).
  if (!/^[\x21-\x7e]{16,}$/.test(line))
    throw unusable(file, 'its first line is not a token: at least 16 ASCII characters without spaces')
  return { token: new Secret(line), file }
}

/** Makes sure that other users can neither choose nor read the token. */
function checkMode(file: string): void {
  if (process.geteuid === undefined) return
  let status: Stats
  try {
    status = statSync(file)
  } catch (error) {
    throw new Failure('file_unreadable', { file, problem: fileProblem(error) }, { cause: error })
  }
  if (!status.isFile()) return
  if (!isOwn(file, status)) throw unusable(file, `it belongs to another user (uid ${status.uid})`)
  // Docker and Kubernetes secrets are readable by every user in their container, and cannot be changed there.
  const isReadable = (status.mode & 0o044) !== 0 && status.uid === process.geteuid() && canBeChanged(file)
  if (isReadable || (status.mode & 0o022) !== 0) {
    const mode = (status.mode & 0o777).toString(8)
    throw unusable(
      file,
      `other users can read or change it (mode 0${mode}); run: ${typedCommand(['chmod', '600', file])}`,
    )
  }
}

function unusable(file: string, problem: string): Failure {
  return new Failure('file_invalid', { file, problem })
}
