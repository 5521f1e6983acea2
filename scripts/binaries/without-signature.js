const optionalHeaderOfPe32Plus = 0x20b

/**
 * Returns a Windows program without the signature at its end, which no longer fits once gsa is in it: Windows trusts a
 * broken signature less than none.
 */
export function withoutSignature(program) {
  const optionalHeader = program.readUInt32LE(0x3c) + 24
  if (program.readUInt16LE(optionalHeader) !== optionalHeaderOfPe32Plus) throw new Error('this is no 64-bit program')
  const directory = optionalHeader + 112 + 4 * 8
  const [start, size] = [program.readUInt32LE(directory), program.readUInt32LE(directory + 4)]
  if (size === 0) return program
  if (start + size !== program.length) throw new Error('the signature is not at the end')
  const unsigned = Buffer.from(program.subarray(0, start))
  unsigned.fill(0, directory, directory + 8)
  return unsigned
}
