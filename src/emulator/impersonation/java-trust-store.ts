import { bmpString, explicit, integer, octetString, oid, sequence, set } from '../../core/der.ts'

const ids = {
  data: oid('1.2.840.113549.1.7.1'),
  certBag: oid('1.2.840.113549.1.12.10.1.3'),
  x509Certificate: oid('1.2.840.113549.1.9.22.1'),
  friendlyName: oid('1.2.840.113549.1.9.20'),
  // Without Java's own attribute, a certificate in the file is not trusted.
  trustedKeyUsage: oid('2.16.840.1.113894.746875.1.1'),
  anyExtendedKeyUsage: oid('2.5.29.37.0'),
}

/**
 * Returns a PKCS #12 file (RFC 7292) of trusted certificates in DER for Java's `javax.net.ssl.trustStore`. It has no
 * password and no MAC: certificates are public. Writing it here is faster than `keytool`, which takes half a second.
 */
export function javaTrustStore(certificates: readonly Buffer[]): Buffer {
  const bags = certificates.map((certificate, index) =>
    sequence(
      ids.certBag,
      explicit(0, sequence(ids.x509Certificate, explicit(0, octetString(certificate)))),
      set(
        sequence(ids.friendlyName, set(bmpString(`certificate ${index + 1}`))),
        sequence(ids.trustedKeyUsage, set(ids.anyExtendedKeyUsage)),
      ),
    ),
  )
  const safe = sequence(contentInfo(sequence(...bags)))
  return sequence(integer(Buffer.of(3)), contentInfo(safe))
}

function contentInfo(content: Buffer): Buffer {
  return sequence(ids.data, explicit(0, octetString(content)))
}
