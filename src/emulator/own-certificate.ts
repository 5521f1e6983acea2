import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
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
  const issuerHost = issuer === undefined ? [] : [new URL(issuer).hostname.replace(/^\[(.*)\]$/, '$1')]
  const names = new Set(['localhost', '127.0.0.1', '::1', isWildcard ? hostname() : host, ...issuerHost])
  const addresses = [...names].filter((name) => isIP(name) > 0)
  const { certificatePem, serverCredentials } = createPrivateCa({
    dnsNames: [...names].filter((name) => isIP(name) === 0),
    addresses,
  })
  const folder = mkdtempSync(join(tmpdir(), 'gsa-emulator-'))
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, certificatePem)
  return { caFile, serverCredentials, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
