import { createHash } from 'node:crypto'
import { type CertificateAuthority, createCertificateAuthority } from '../../core/certificate-authority.ts'

/** The key and the certificate chain of a server, as PEM for node:tls. */
export interface ServerCredentials {
  readonly key: string
  readonly cert: string
}

/** The certificate of a CA whose private key is already forgotten, and what it signed. */
export interface PrivateCa {
  readonly certificatePem: string
  /** The SHA-256 hash of its public key in Base64, for Chromium's `--ignore-certificate-errors-spki-list`. */
  readonly spki: string
  /** The only certificate that it signed: of a server with all the names. */
  readonly serverCredentials: ServerCredentials
}

const dayMs = 24 * 60 * 60_000
/** Clocks of other containers may be a little behind. */
const marginMs = 5 * 60_000

/** Creates a private CA for these hosts, lets it sign one server certificate for all of them, and forgets its key. */
export function createPrivateCa(hosts: readonly string[]): PrivateCa {
  const authority = createAuthority(hosts)
  const publicKey = authority.certificate.publicKey.export({ type: 'spki', format: 'der' })
  return {
    certificatePem: authority.certificate.toString(),
    spki: createHash('sha256').update(publicKey).digest('base64'),
    serverCredentials: issueCredentials(authority, hosts),
  }
}

/** Creates a CA that is valid for a day and can vouch for these names and addresses only. @internal */
export function createAuthority(hosts: readonly string[]): CertificateAuthority {
  const notBeforeMs = Date.now() - marginMs
  return createCertificateAuthority({
    name: 'gsa emulator, private CA of one run',
    hosts,
    notBeforeMs,
    notAfterMs: notBeforeMs + dayMs,
  })
}

/** Returns what a server needs to speak for hosts. @internal */
export function issueCredentials(
  { certificate: ca, issue }: CertificateAuthority,
  hosts: readonly string[],
): ServerCredentials {
  const { certificate, key } = issue('gsa emulator', hosts)
  // Chromium compares the hash of the CA's key with every key that the server sends.
  return { key, cert: certificate.toString() + ca.toString() }
}
