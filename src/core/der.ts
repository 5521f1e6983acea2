// The ASN.1 types that a certificate consists of, in the Distinguished Encoding Rules (ITU-T X.690).

/** Encodes a SEQUENCE. */
export function sequence(...elements: readonly Buffer[]): Buffer {
  return der(0x30, ...elements)
}

/** Encodes a SET. DER requires sorted elements in a SET; the caller sorts them. */
export function set(...elements: readonly Buffer[]): Buffer {
  return der(0x31, ...elements)
}

/** Encodes a BOOLEAN. */
export function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.of(value ? 0xff : 0x00))
}

/** Encodes NULL. */
export function nothing(): Buffer {
  return der(0x05)
}

/** Encodes an INTEGER from its bytes. The first bit is the sign, and DER requires the minimal encoding. */
export function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes)
}

/** Encodes a BIT STRING. The last `unusedBits` bits only pad the final byte. */
export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return der(0x03, Buffer.of(unusedBits), bytes)
}

/** Encodes an OCTET STRING. */
export function octetString(bytes: Buffer): Buffer {
  return der(0x04, bytes)
}

/** Encodes an OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** Encodes a UTF8String. */
export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text))
}

/** Encodes a BMPString: UTF-16, big-endian. */
export function bmpString(text: string): Buffer {
  return der(0x1e, Buffer.from(text, 'utf16le').swap16())
}

/**
 * Encodes epoch milliseconds as RFC 5280 section 4.1.2.5 requires: UTCTime before 2050, GeneralizedTime from 2050 on.
 */
export function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/\.\d+|[-:T]/g, '')
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

/** Wraps a complete value in a context-specific tag. */
export function explicit(tag: number, value: Buffer): Buffer {
  return der(0xa0 | tag, value)
}

/** Encodes a primitive type's content with a context-specific tag in place of its own tag. */
export function implicit(tag: number, content: Buffer): Buffer {
  return der(0x80 | tag, content)
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content])
  const digits = content.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content])
}

/**
 * Encodes a number with seven bits per byte, most significant first. All bytes but the last have their eighth bit set.
 */
function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (rest & 0x7f))
  return bytes
}
