/** A field of a protocol buffer: a number, or a length-delimited value (text, bytes or a message). */
export interface ProtobufField {
  readonly number: number
  readonly value: number | Buffer
}

const varintType = 0
const lengthDelimitedType = 2

/**
 * Returns the fields of a protocol buffer in order. Returns undefined if the bytes are not such a message, or contain a
 * number of more than 28 bits.
 */
export function protobufFields(bytes: Buffer): readonly ProtobufField[] | undefined {
  const fields: ProtobufField[] = []
  let position = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[position++]
      if (byte === undefined) return Number.NaN
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (position < bytes.length) {
    const key = varint()
    const value = varint()
    if (Number.isNaN(key) || Number.isNaN(value)) return undefined
    const type = key & 7
    if (type === varintType) fields.push({ number: key >> 3, value })
    else if (type !== lengthDelimitedType || position + value > bytes.length) return undefined
    else fields.push({ number: key >> 3, value: bytes.subarray(position, (position += value)) })
  }
  return fields
}
