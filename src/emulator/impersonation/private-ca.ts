import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
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
} from '../../core/der.ts'
import { pem } from '../keys/certificate.ts'

/** The names that a private CA can vouch for. */
export interface CertifiedNames {
  readonly dnsNames: readonly string[]
  /** IP addresses. Default none. */
  readonly addresses?: readonly string[]
}

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

const ids = {
  ecdsaWithSha256: oid('1.2.840.10045.4.3.2'),
  commonName: oid('2.5.4.3'),
  subjectKeyIdentifier: oid('2.5.29.14'),
  keyUsage: oid('2.5.29.15'),
  subjectAltName: oid('2.5.29.17'),
  basicConstraints: oid('2.5.29.19'),
  nameConstraints: oid('2.5.29.30'),
  authorityKeyIdentifier: oid('2.5.29.35'),
  extendedKeyUsage: oid('2.5.29.37'),
  serverAuth: oid('1.3.6.1.5.5.7.3.1'),
}
const usages = { digitalSignature: bitString(Buffer.of(0b1000_0000), 7), keyCertSign: bitString(Buffer.of(0b100), 2) }

const dayMs = 24 * 60 * 60_000
/** Clocks of other containers may be a little behind. */
const marginMs = 5 * 60_000

/** Creates a private CA for these names, lets it sign one server certificate with all of them, and forgets its key. */
export function createPrivateCa(names: CertifiedNames): PrivateCa {
  const { certificatePem, spki, issue } = createAuthority(names)
  return { certificatePem, spki, serverCredentials: issue(names) }
}

/**
 * Creates a CA (RFC 5280) that is valid for a day and can vouch for these names only: its name constraints are
 * critical, and no other CA can follow it. `issue` signs a certificate for any names; clients refuse other ones.
 */
export function createAuthority(names: CertifiedNames): Omit<PrivateCa, 'serverCredentials'> & {
  readonly issue: (serverNames: CertifiedNames) => ServerCredentials
} {
  const { publicKey, privateKey: signer } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = nameOf('gsa emulator, private CA of one run')
  const keyId = keyIdOf(publicKey)
  const certificatePem = certificate({ issuer, subject: issuer, key: publicKey, signer }, [
    critical(ids.basicConstraints, sequence(boolean(true), integer(Buffer.of(0)))),
    critical(ids.keyUsage, usages.keyCertSign),
    critical(ids.nameConstraints, nameConstraints(names)),
    extension(ids.extendedKeyUsage, sequence(ids.serverAuth)),
    extension(ids.subjectKeyIdentifier, octetString(keyId)),
  ])
  return {
    certificatePem,
    spki: createHash('sha256').update(spkiOf(publicKey)).digest('base64'),
    issue: (serverNames) => {
      const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const subject = nameOf('gsa emulator')
      const serverCertificate = certificate({ issuer, subject, key: server.publicKey, signer }, [
        critical(ids.basicConstraints, sequence()),
        critical(ids.keyUsage, usages.digitalSignature),
        extension(ids.extendedKeyUsage, sequence(ids.serverAuth)),
        extension(ids.subjectAltName, sequence(...generalNames(serverNames))),
        extension(ids.subjectKeyIdentifier, octetString(keyIdOf(server.publicKey))),
        extension(ids.authorityKeyIdentifier, sequence(implicit(0, keyId))),
      ])
      const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      // Chromium compares the hash of the CA's key with every key that the server sends.
      return { key, cert: serverCertificate + certificatePem }
    },
  }
}

interface Signed {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly key: KeyObject
  readonly signer: KeyObject
}

function certificate({ issuer, subject, key, signer }: Signed, extensions: readonly Buffer[]): string {
  const algorithm = sequence(ids.ecdsaWithSha256)
  const notBefore = Date.now() - marginMs
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    // A positive number, whatever the random bytes.
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    issuer,
    sequence(time(notBefore), time(notBefore + dayMs)),
    subject,
    spkiOf(key),
    explicit(3, sequence(...extensions)),
  )
  const der = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, signer)))
  return pem(der.toString('base64'))
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

function keyIdOf(key: KeyObject): Buffer {
  return createHash('sha256').update(spkiOf(key)).digest().subarray(0, 20)
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(ids.commonName, utf8String(commonName))))
}

function critical(id: Buffer, value: Buffer): Buffer {
  return sequence(id, boolean(true), octetString(value))
}

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, octetString(value))
}

const generalName = { dns: 2, address: 7 }

function generalNames({ dnsNames, addresses = [] }: CertifiedNames): readonly Buffer[] {
  return [
    ...dnsNames.map((name) => implicit(generalName.dns, Buffer.from(name))),
    ...addresses.map((address) => implicit(generalName.address, addressBytes(address))),
  ]
}

/**
 * Encodes NameConstraints (RFC 5280 section 4.2.1.10). Constraints on DNS names leave addresses free, so without
 * addresses all of them are excluded.
 */
function nameConstraints({ dnsNames, addresses = [] }: CertifiedNames): Buffer {
  const permitted = [
    ...dnsNames.map((name) => implicit(generalName.dns, Buffer.from(name))),
    ...addresses.map(addressBytes).map((bytes) => {
      const oneAddress = Buffer.alloc(bytes.length, 0xff)
      return implicit(generalName.address, Buffer.concat([bytes, oneAddress]))
    }),
  ]
  const everyAddress = [8, 32].map((length) => implicit(generalName.address, Buffer.alloc(length)))
  const subtrees = (tag: number, bases: readonly Buffer[]): Buffer =>
    explicit(tag, Buffer.concat(bases.map((base) => sequence(base))))
  return sequence(subtrees(0, permitted), ...(addresses.length === 0 ? [subtrees(1, everyAddress)] : []))
}

/** Returns the 4 or 16 bytes of an IP address. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
  const after = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - groups(head).length - after.length }, () => '0')
  const hex = [...groups(head), ...zeros, ...after].map((group) => group.padStart(4, '0')).join('')
  return Buffer.from(hex, 'hex')
}
