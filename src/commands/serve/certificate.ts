import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { Reach } from '../../backend/addresses.ts'
import { ownCertificate } from '../../backend/certificate.ts'
import { Failure, fileProblem } from '../../failures/index.ts'
import { makePrivateFolder } from '../../files/own-file.ts'
import { readNamedFile } from '../../files/read-file.ts'
import { replaceFile } from '../../files/replace-file.ts'
import type { Context } from '../../terminal/context.ts'

/** The https options of `gsa serve`. */
export interface CertificateOptions {
  readonly https?: boolean
  readonly cert?: string
  readonly key?: string
}

/** The certificate and key to serve https with. */
export interface Certificate {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  /**
   * The certificate file to copy to a device, with its fingerprint; undefined if the user provided the certificate.
   */
  readonly own: { readonly file: string; readonly sha256: string } | undefined
}

/**
 * Returns the certificate that the options ask for; undefined for plain http. Writes a generated certificate to the
 * configuration folder, to be copied to a device.
 * @throws Failure `usage`, `file_unreadable`, `file_invalid`, `config_not_private`, `config_unusable`
 */
export async function certificateFor(
  { now, signal }: Context,
  { https, cert, key }: CertificateOptions,
  { addresses, names }: Reach,
  configDir: string,
): Promise<Certificate | undefined> {
  if (cert !== undefined || key !== undefined) {
    if (cert === undefined || key === undefined)
      throw new Failure('usage', { problem: 'Use --cert and --key together.', command: 'gsa serve' })
    return { ...(await readPair(cert, key, signal)), own: undefined }
  }
  if (https !== true) return undefined
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', '10.0.2.2', ...addresses, ...names])]
  const made = ownCertificate(hosts, now())
  const file = join(configDir, 'serve-certificate.pem')
  try {
    makePrivateFolder(configDir)
    replaceFile(file, made.authority)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('config_unusable', { path: file, problem: fileProblem(error) }, { cause: error })
  }
  return { cert: made.cert, key: made.key, own: { file, sha256: made.sha256 } }
}

async function readPair(cert: string, key: string, signal: AbortSignal): Promise<Pick<Certificate, 'cert' | 'key'>> {
  const pair = { cert: await readNamedFile(cert, signal), key: await readNamedFile(key, signal) }
  try {
    createSecureContext(pair)
  } catch (error) {
    const problem = 'it is not the PEM certificate of that key'
    throw new Failure('file_invalid', { file: cert, problem }, { cause: error })
  }
  return pair
}
