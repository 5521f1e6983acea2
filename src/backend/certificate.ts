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
} from './der.ts'

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
export function ownCertificate(hosts: readonly string[], nowMs: number): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signatureAlgorithm = sequence(oid('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256, RFC 5758 section 3.2
  const toBeSigned = certificateToBeSigned(publicKey, signatureAlgorithm, hosts, nowMs)
  const signature = bitString(sign('sha256', toBeSigned, privateKey))
  const certificate = new X509Certificate(sequence(toBeSigned, signatureAlgorithm, signature))
  return {
    cert: certificate.toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    sha256: certificate.fingerprint256,
  }
}

/** TBSCertificate, RFC 5280 section 4.1. */
function certificateToBeSigned(
  publicKey: KeyObject,
  signatureAlgorithm: Buffer,
  hosts: readonly string[],
  nowMs: number,
): Buffer {
  const name = sequence(set(sequence(oid('2.5.4.3'), utf8String('gsa serve'))))
  return sequence(
    explicit(0, integer(Buffer.of(2))),
    // Positive whatever the random bytes are.
    integer(Buffer.concat([Buffer.of(1), randomBytes(16)])),
    signatureAlgorithm,
    name,
    sequence(time(nowMs - slowClockMs), time(nowMs + lifetimeMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(publicKey, hosts))),
  )
}

/** RFC 5280 section 4.2.1, without an authority key identifier, which a self-signed certificate may leave out. */
function extensions(publicKey: KeyObject, hosts: readonly string[]): Buffer[] {
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return [
    // Basic constraints: cA.
    critical('2.5.29.19', sequence(boolean(true))),
    // Key usage: digitalSignature (bit 0) and keyCertSign (bit 5).
    critical('2.5.29.15', bitString(Buffer.of(0b1000_0100), 2)),
    // Extended key usage: id-kp-serverAuth.
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    // Subject key identifier, made as RFC 7093 section 2 says.
    extension('2.5.29.14', octetString(createHash('sha256').update(point).digest().subarray(0, 20))),
    // Subject alternative name: dNSName is [2], iPAddress is [7].
    extension(
      '2.5.29.17',
      sequence(
        ...hosts.map((host) =>
          isIP(host) === 0 ? implicit(2, Buffer.from(domainToASCII(host))) : implicit(7, addressBytes(host)),
        ),
      ),
    ),
  ]
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), octetString(value))
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(oid(id), boolean(true), octetString(value))
}

/** An IP address in network byte order: 4 bytes or 16. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // A URL has them without zone and in hexadecimal throughout, even where the last four bytes were written as IPv4.
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`)
  const [before = [], after = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((groups) => groups.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
