import { type KeyObject, createHash, sign } from 'node:crypto'

/** DER tag numbers (X.690 section 8) that a certificate needs. */
const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x17,
}
const sequenceTag = 0x30
const setTag = 0x31
const versionTag = 0xa0
const extensionsTag = 0xa3

const oid = {
  sha256WithRsa: '2a864886f70d01010b',
  commonName: '550403',
  keyUsage: '551d0f',
  basicConstraints: '551d13',
}

function der(type: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([type, body.length]), body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const significant = length.subarray(length.findIndex((byte) => byte !== 0))
  return Buffer.concat([Buffer.from([type, 0x80 | significant.length]), significant, body])
}

const hex = (digits: string): Buffer => Buffer.from(digits, 'hex')
const objectId = (digits: string): Buffer => der(tag.oid, hex(digits))

/** The name Google's own certificates carry, so that a tool which prints it shows something familiar. */
function name(): Buffer {
  const commonName = der(tag.utf8, Buffer.from('federated-signon.emulator.localhost'))
  return der(sequenceTag, der(setTag, der(sequenceTag, objectId(oid.commonName), commonName)))
}

function extension(id: string, value: Buffer): Buffer {
  return der(sequenceTag, objectId(id), der(tag.boolean, hex('ff')), der(tag.octetString, value))
}

/**
 * A self-signed X.509 v3 certificate (RFC 5280 section 4.1) for an RSA key, as PEM. Valid until 2049: the emulator's clock may be
 * far ahead, and a certificate that expired would hide what a test is about.
 */
export function certificatePem(publicKey: KeyObject, privateKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const algorithm = der(sequenceTag, objectId(oid.sha256WithRsa), der(tag.null))
  const serial = Buffer.concat([hex('01'), createHash('sha256').update(spki).digest().subarray(0, 8)])
  const validity = der(
    sequenceTag,
    der(tag.time, Buffer.from('200101000000Z')),
    der(tag.time, Buffer.from('491231235959Z')),
  )
  const digitalSignature = der(tag.bitString, hex('0780'))
  const extensions = der(
    extensionsTag,
    der(sequenceTag, extension(oid.keyUsage, digitalSignature), extension(oid.basicConstraints, der(sequenceTag))),
  )
  const toBeSigned = der(
    sequenceTag,
    der(versionTag, der(tag.integer, hex('02'))),
    der(tag.integer, serial),
    algorithm,
    name(),
    validity,
    name(),
    spki,
    extensions,
  )
  const signature = der(tag.bitString, hex('00'), sign('sha256', toBeSigned, privateKey))
  const certificate = der(sequenceTag, toBeSigned, algorithm, signature)
  return pem(certificate.toString('base64'))
}

/** Base64 as a PEM certificate (RFC 7468). */
export function pem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
