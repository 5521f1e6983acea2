import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
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
} from '../core/der.ts'

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

/** A certificate authority, to sign certificates. */
interface Authority {
  readonly certificate: X509Certificate
  readonly keyId: Buffer
  readonly privateKey: KeyObject
}

const lifetimeMs = 24 * 60 * 60_000
// A device whose clock is slow must not see a certificate from the future.
const slowClockMs = 60 * 60_000
const authorityName = 'gsa serve authority'

/**
 * Returns a certificate for the given names and addresses, valid for a day (P-256, RFC 5280). A new authority signs it,
 * because phones install only authorities. Its private key is discarded before this returns.
 */
export function ownCertificate(hosts: readonly string[], nowMs: number): OwnCertificate {
  const authority = ownAuthority(hosts, nowMs)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const names = sequence(...hosts.map((host) => generalName(host, addressBytes)))
  const server = signedCertificate(authority.privateKey, {
    subject: 'gsa serve',
    publicKey,
    nowMs,
    extensions: [
      critical(ids.basicConstraints, sequence()),
      // digitalSignature (bit 0).
      critical(ids.keyUsage, bitString(Buffer.of(0b1000_0000), 7)),
      serverAuthentication,
      extension(ids.subjectKeyIdentifier, octetString(keyIdOf(publicKey))),
      extension(ids.authorityKeyIdentifier, sequence(implicit(0, authority.keyId))),
      extension(ids.subjectAlternativeName, names),
    ],
  })
  return {
    cert: `${server.toString()}${authority.certificate.toString()}`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: authority.certificate.toString(),
    sha256: authority.certificate.fingerprint256,
  }
}

/**
 * Returns an authority that can sign only for these names and addresses (RFC 5280 section 4.2.1.10). @internal
 */
export function ownAuthority(hosts: readonly string[], nowMs: number): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keyId = keyIdOf(publicKey)
  const certificate = signedCertificate(privateKey, {
    subject: authorityName,
    publicKey,
    nowMs,
    extensions: [
      // cA, and a path length of 0: it signs no other authorities.
      critical(ids.basicConstraints, sequence(boolean(true), integer(Buffer.of(0)))),
      // keyCertSign (bit 5).
      critical(ids.keyUsage, bitString(Buffer.of(0b0000_0100), 2)),
      serverAuthentication,
      extension(ids.subjectKeyIdentifier, octetString(keyId)),
      critical(ids.nameConstraints, nameConstraints(hosts)),
    ],
  })
  return { certificate, keyId, privateKey }
}

/** The content of a certificate about its subject. */
interface Subject {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly nowMs: number
  readonly extensions: readonly Buffer[]
}

/** Returns a certificate signed by the authority (RFC 5280 section 4.1). */
function signedCertificate(key: KeyObject, { subject, publicKey, nowMs, extensions }: Subject): X509Certificate {
  const signatureAlgorithm = sequence(oid('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256, RFC 5758 section 3.2
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    // The first byte makes the number positive.
    integer(Buffer.concat([Buffer.of(1), randomBytes(16)])),
    signatureAlgorithm,
    commonName(authorityName),
    sequence(time(nowMs - slowClockMs), time(nowMs + lifetimeMs)),
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
