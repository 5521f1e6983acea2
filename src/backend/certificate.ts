import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate that this machine made for itself. */
export interface OwnCertificate {
  /** PEM. */
  readonly cert: string
  /** PEM. It is never written anywhere. */
  readonly key: string
  /** As browsers and phones show it: hexadecimal, with colons. */
  readonly sha256: string
}

const lifetimeMs = 24 * 60 * 60_000
// A device whose clock is slow must not take it for one of the future.
const slowClockMs = 60 * 60_000

/**
 * Makes a self-signed certificate for a day (P-256, RFC 5280), for the names and addresses given. It is a CA certificate too,
 * because phones install nothing else.
 */
export async function ownCertificate(hosts: readonly string[], nowMs: number): Promise<OwnCertificate> {
  const { generate } = await import('selfsigned')
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'gsa serve' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - slowClockMs),
    notAfterDate: new Date(nowMs + lifetimeMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  })
  return { cert, key, sha256: new X509Certificate(cert).fingerprint256 }
}
