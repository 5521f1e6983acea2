import { createHash, type KeyObject, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  explicit,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from '../../core/der.ts'

const ids = {
  sha256WithRsa: oid('1.2.840.113549.1.1.11'),
  commonName: oid('2.5.4.3'),
  keyUsage: oid('2.5.29.15'),
  basicConstraints: oid('2.5.29.19'),
}

/** Returns the name in Google's own certificates, so that tools which print it show something familiar. */
function name(): Buffer {
  return sequence(set(sequence(ids.commonName, utf8String('federated-signon.emulator.localhost'))))
}

function critical(id: Buffer, value: Buffer): Buffer {
  return sequence(id, boolean(true), octetString(value))
}

/**
 * Returns a self-signed X.509 v3 certificate (RFC 5280 section 4.1) for an RSA key, as PEM. Valid until 2049: the
 * emulator's clock may be far ahead, and an expired certificate would hide the result of a test.
 */
export function certificatePem(publicKey: KeyObject, privateKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const algorithm = sequence(ids.sha256WithRsa, nothing())
  const digest = createHash('sha256').update(spki).digest()
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    // Positive, whatever the digest.
    integer(Buffer.concat([Buffer.of(1), digest.subarray(0, 8)])),
    algorithm,
    name(),
    sequence(time(Date.UTC(2020, 0, 1)), time(Date.UTC(2049, 11, 31, 23, 59, 59))),
    name(),
    spki,
    explicit(
      3,
      // digitalSignature (bit 0).
      sequence(
        critical(ids.keyUsage, bitString(Buffer.of(0b1000_0000), 7)),
        critical(ids.basicConstraints, sequence()),
      ),
    ),
  )
  const certificate = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, privateKey)))
  return pem(certificate.toString('base64'))
}

/** Returns Base64 as a PEM certificate (RFC 7468). */
export function pem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
