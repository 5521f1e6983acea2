import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createTemporaryFolder } from '../core/temporary-folder.ts'
import { withoutBrackets } from '../core/without-brackets.ts'
import { createPrivateCa, type ServerCredentials } from './impersonation/private-ca.ts'

/** The certificate with which an emulator serves https under its own names. */
export interface OwnCertificate {
  /** A file with the certificate of the private CA, in a private folder. */
  readonly caFile: string
  readonly serverCredentials: ServerCredentials
  /** Deletes the file and its folder. */
  readonly remove: () => void
}

/** Creates a certificate for the host listened on, the issuer's host and the loopback names. */
export function createOwnCertificate(host: string, issuer: string | undefined): OwnCertificate {
  const isWildcard = host === '0.0.0.0' || host === '::'
  const issuerHost = issuer === undefined ? [] : [withoutBrackets(new URL(issuer).hostname)]
  const names = new Set(['localhost', '127.0.0.1', '::1', isWildcard ? hostname() : host, ...issuerHost])
  const { certificatePem, serverCredentials } = createPrivateCa([...names])
  const { path, remove } = createTemporaryFolder('gsa-emulator-')
  const caFile = join(path, 'ca.pem')
  writeFileSync(caFile, certificatePem)
  return { caFile, serverCredentials, remove }
}
