import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts'
import { generateEcKeyPair } from './key-pair.ts'

/** The name of an authority, and when what it signs is valid. */
export interface AuthorityOptions {
  readonly name: string
  /** DNS names and IP addresses. */
  readonly hosts: readonly string[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** A certificate authority. Its key is in no file. */
export interface CertificateAuthority {
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
  /** Signs a new key pair for hosts; clients refuse those that the authority is not for. */
  readonly issue: (subject: string, hosts: readonly string[]) => ServerCertificate
}

/** A server's certificate with its private key. */
interface ServerCertificate {
  readonly certificate: X509Certificate
  /** PEM. */
  readonly key: string
}

/**
 * Creates an authority (P-256, RFC 5280) that can sign only for these names and addresses (section 4.2.1.10), and signs
 * no other authorities.
 */
export function createCertificateAuthority(options: AuthorityOptions): CertificateAuthority {
  const { publicKey, privateKey } = generateEcKeyPair()
  const keyId = keyIdOf(publicKey)
  const certificate = signedCertificate(privateKey, options, {
    subject: options.name,
    publicKey,
    extensions: [
      // cA, and a path length of 0: it signs no other authorities.
      critical(ids.basicConstraints, sequence(boolean(true), integer(Buffer.of(0)))),
      // keyCertSign (bit 5).
      critical(ids.keyUsage, bitString(Buffer.of(0b0000_0100), 2)),
      serverAuthentication,
      extension(ids.subjectKeyIdentifier, octetString(keyId)),
      critical(ids.nameConstraints, nameConstraints(options.hosts)),
    ],
  })
  const issue: CertificateAuthority['issue'] = (subject, hosts) => {
    const server = generateEcKeyPair()
    const names = sequence(...hosts.map((host) => generalName(host, addressBytes)))
    const issued = signedCertificate(privateKey, options, {
      subject,
      publicKey: server.publicKey,
      extensions: [
        critical(ids.basicConstraints, sequence()),
        // digitalSignature (bit 0).
        critical(ids.keyUsage, bitString(Buffer.of(0b1000_0000), 7)),
        serverAuthentication,
        extension(ids.subjectKeyIdentifier, octetString(keyIdOf(server.publicKey))),
        extension(ids.authorityKeyIdentifier, sequence(implicit(0, keyId))),
        extension(ids.subjectAlternativeName, names),
      ],
    })
    return { certificate: issued, key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
  return { certificate, privateKey, issue }
}

/** The content of a certificate about its subject. */
interface Subject {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** Returns a certificate signed by the authority (RFC 5280 section 4.1). */
function signedCertificate(
  key: KeyObject,
  { name, notBeforeMs, notAfterMs }: AuthorityOptions,
  { subject, publicKey, extensions }: Subject,
): X509Certificate {
  const signatureAlgorithm = sequence(oid('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256, RFC 5758 section 3.2
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    // The first byte makes the number positive.
    integer(Buffer.concat([Buffer.of(1), randomBytes(16)])),
    signatureAlgorithm,
    commonName(name),
    sequence(time(notBeforeMs), time(notAfterMs)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  )
  return new X509Certificate(sequence(toBeSigned, signatureAlgorithm, bitString(sign('sha256', toBeSigned, key))))
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8String(name))))
}

const ids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const

// id-kp-serverAuth.
const serverAuthentication = extension(ids.extendedKeyUsage, sequence(oid('1.3.6.1.5.5.7.3.1')))

/** Returns a key identifier (RFC 7093 section 2). */
function keyIdOf(publicKey: KeyObject): Buffer {
  const { x, y } = publicKey.export({ format: 'jwk' }) as { readonly x: string; readonly y: string }
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return createHash('sha256').update(point).digest().subarray(0, 20)
}

/** Encodes a GeneralName: dNSName is [2], iPAddress is [7]. */
function generalName(host: string, bytesOf: (address: string) => Buffer): Buffer {
  return isIP(host) === 0 ? implicit(2, Buffer.from(domainToASCII(host))) : implicit(7, bytesOf(host))
}

/**
 * Permits the hosts. If none of them is a DNS name (or an IP address), all DNS names (or IP addresses) are excluded:
 * otherwise, all would be permitted.
 */
function nameConstraints(hosts: readonly string[]): Buffer {
  const everyBit = (address: string): Buffer => {
    const bytes = addressBytes(address)
    return Buffer.concat([bytes, Buffer.alloc(bytes.length, 0xff)])
  }
  const permitted = hosts.map((host) => sequence(generalName(host, everyBit)))
  const excluded = [
    hosts.every((host) => isIP(host) !== 0) ? [implicit(2, Buffer.alloc(0))] : [],
    hosts.every((host) => isIP(host) === 0) ? [implicit(7, Buffer.alloc(8)), implicit(7, Buffer.alloc(32))] : [],
  ].flat()
  return sequence(
    explicit(0, Buffer.concat(permitted)),
    ...(excluded.length > 0 ? [explicit(1, Buffer.concat(excluded.map((name) => sequence(name))))] : []),
  )
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), octetString(value))
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(oid(id), boolean(true), octetString(value))
}

/** Returns an IP address in network byte order: 4 bytes or 16. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // URL writes an IPv6 address without zone and all in hexadecimal, even if its end was in IPv4 notation.
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`)
  const [before = [], after = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((groups) => groups.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
