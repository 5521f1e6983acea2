import { type CertificateAuthority, createCertificateAuthority } from '../core/certificate-authority.ts'

/** A generated certificate to serve https with. */
export interface OwnCertificate {
  /** PEM: the server's certificate, followed by that of the authority that signed it. */
  readonly cert: string
  /** PEM: the server's private key. It is never written anywhere. */
  readonly key: string
  /** PEM: the authority's certificate, to install on a device. */
  readonly authority: string
  /** The fingerprint of the authority, as browsers and phones show it: hexadecimal, with colons. */
  readonly sha256: string
}

const lifetimeMs = 24 * 60 * 60_000
// A device whose clock is slow must not see a certificate from the future.
const slowClockMs = 60 * 60_000

/**
 * Returns a certificate for the given names and addresses, valid for a day. A new authority signs it, because phones
 * install only authorities. Its private key is discarded before this returns.
 */
export function ownCertificate(hosts: readonly string[], nowMs: number): OwnCertificate {
  const authority = ownAuthority(hosts, nowMs)
  const { certificate, key } = authority.issue('gsa serve', hosts)
  return {
    cert: `${certificate.toString()}${authority.certificate.toString()}`,
    key,
    authority: authority.certificate.toString(),
    sha256: authority.certificate.fingerprint256,
  }
}

/** Returns an authority that can sign only for these names and addresses. @internal */
export function ownAuthority(hosts: readonly string[], nowMs: number): CertificateAuthority {
  return createCertificateAuthority({
    name: 'gsa serve authority',
    hosts,
    notBeforeMs: nowMs - slowClockMs,
    notAfterMs: nowMs + lifetimeMs,
  })
}
