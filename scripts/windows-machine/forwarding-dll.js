const headersSize = 0x200
const sectionAddress = 0x1000

/**
 * Returns a DLL for 64-bit Windows that only exports `name`, which is `target` ("library.function") of another DLL.
 * The layout is that of the PE format: headers, then one section with the export directory and its strings.
 */
export function forwardingDll(dllName, { name, target }) {
  const section = exportSection(dllName, name, target)
  const padded = Buffer.alloc(Math.ceil(section.length / 0x200) * 0x200)
  section.copy(padded)
  return Buffer.concat([headers(section.length, padded.length), padded])
}

function exportSection(dllName, name, target) {
  const directorySize = 40
  const functions = directorySize
  const names = functions + 4
  const ordinals = names + 4
  const strings = ordinals + 2
  const texts = [dllName, name, target].map((text) => Buffer.from(`${text}\0`, 'latin1'))
  const [dllNameAt, nameAt, targetAt] = texts.map((_, at) => strings + lengthOf(texts.slice(0, at)))
  const tables = Buffer.alloc(strings)
  const address = (offset, place) => tables.writeUInt32LE(sectionAddress + place, offset)
  address(12, dllNameAt)
  // The first ordinal, and how many functions and names there are.
  for (const offset of [16, 20, 24]) tables.writeUInt32LE(1, offset)
  address(28, functions)
  address(32, names)
  address(36, ordinals)
  // An address inside the export directory means a forwarder, not code.
  address(functions, targetAt)
  address(names, nameAt)
  return Buffer.concat([tables, ...texts])
}

const lengthOf = (buffers) => buffers.reduce((sum, { length }) => sum + length, 0)

function headers(sectionSize, sizeInFile) {
  const all = Buffer.alloc(headersSize)
  const pe = 0x40
  const optional = pe + 24
  const optionalSize = 240
  const table = optional + optionalSize
  all.write('MZ', 0, 'latin1')
  all.writeUInt32LE(pe, 0x3c)
  all.write('PE\0\0', pe, 'latin1')
  all.writeUInt16LE(0x8664, pe + 4) // x64
  all.writeUInt16LE(1, pe + 6) // sections
  all.writeUInt16LE(optionalSize, pe + 20)
  all.writeUInt16LE(0x2022, pe + 22) // an executable image, a DLL, any address
  all.writeUInt16LE(0x20b, optional) // 64-bit
  all.writeUInt32LE(sizeInFile, optional + 8) // initialized data
  all.writeBigUInt64LE(0x2_6780_0000n, optional + 24) // the preferred address
  all.writeUInt32LE(sectionAddress, optional + 32) // alignment in memory
  all.writeUInt32LE(headersSize, optional + 36) // alignment in the file
  all.writeUInt16LE(6, optional + 40) // of Windows
  all.writeUInt16LE(6, optional + 48) // of the subsystem
  all.writeUInt32LE(sectionAddress + 0x1000, optional + 56) // size in memory
  all.writeUInt32LE(headersSize, optional + 60)
  all.writeUInt16LE(3, optional + 68) // the console subsystem
  all.writeUInt16LE(0x100, optional + 70) // no code in data
  all.writeUInt32LE(16, optional + 108) // data directories; the first one is that of the exports
  all.writeUInt32LE(sectionAddress, optional + 112)
  all.writeUInt32LE(sectionSize, optional + 116)
  all.write('.rdata', table, 'latin1')
  all.writeUInt32LE(sectionSize, table + 8)
  all.writeUInt32LE(sectionAddress, table + 12)
  all.writeUInt32LE(sizeInFile, table + 16)
  all.writeUInt32LE(headersSize, table + 20)
  all.writeUInt32LE(0x4000_0040, table + 36) // readable data
  return all
}
