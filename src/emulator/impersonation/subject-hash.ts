import { createHash, X509Certificate } from 'node:crypto'
import { oid, sequence, set, utf8String } from '../../core/der.ts'

/**
 * Returns the name, without its `.0`, by which OpenSSL finds a certificate in a folder: the hash of the subject in
 * lower case, as `openssl x509 -hash` prints it. The subject must be a common name with single blanks.
 */
export function subjectHash(pem: string): string {
  // Node.js escapes a comma.
  const name = new X509Certificate(pem).subject.replace(/^CN=|\\/g, '').toLowerCase()
  const digest = createHash('sha1')
    .update(set(sequence(oid('2.5.4.3'), utf8String(name))))
    .digest()
  return digest.readUInt32LE().toString(16).padStart(8, '0')
}
