// The types of ASN.1 that a certificate consists of, in the distinguished encoding rules (ITU-T X.690).

/** SEQUENCE. */
export function sequence(...elements: readonly Buffer[]): Buffer {
  return der(0x30, ...elements)
}

/** SET. DER wants the elements of a larger one in order: it is up to the caller. */
export function set(...elements: readonly Buffer[]): Buffer {
  return der(0x31, ...elements)
}

/** BOOLEAN. */
export function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.of(value ? 0xff : 0x00))
}

/** NULL. */
export function nothing(): Buffer {
  return der(0x05)
}

/** INTEGER, of its bytes: the first bit is the sign, and no byte may be there in vain. */
export function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes)
}

/** BIT STRING, whose last bits may be there to fill the byte only. */
export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return der(0x03, Buffer.of(unusedBits), bytes)
}

/** OCTET STRING. */
export function octetString(bytes: Buffer): Buffer {
  return der(0x04, bytes)
}

/** OBJECT IDENTIFIER, as it is written with dots. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text))
}

/** Time in epoch milliseconds: GeneralizedTime from 2050 on and UTCTime before, as RFC 5280 section 4.1.2.5 says. */
export function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/\.\d+|[-:T]/g, '')
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

/** A tag of the context around a whole value. */
export function explicit(tag: number, value: Buffer): Buffer {
  return der(0xa0 | tag, value)
}

/** A tag of the context instead of the one of a primitive type. */
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

/** Seven bits a byte, the most significant first; all but the last have their eighth bit set. */
function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (rest & 0x7f))
  return bytes
}
