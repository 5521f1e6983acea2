import { crc32, deflateRawSync } from 'node:zlib'

const [madeByUnix, version, deflated] = [3 << 8, 20, 8]
// 1 January 1980, the earliest date: the same files always give the same archive.
const date = 0x21

/** Returns a ZIP archive of files, as `{ name, content, mode }` each. */
export function zip(files) {
  const parts = []
  const directory = []
  let offset = 0
  for (const { name, content, mode } of files) {
    const data = deflateRawSync(content, { level: 9 })
    const path = Buffer.from(name)
    // The header of a file and its entry in the directory have this in common.
    const common = Buffer.alloc(26)
    common.writeUInt16LE(version, 0)
    common.writeUInt16LE(deflated, 4)
    common.writeUInt16LE(date, 8)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(path.length, 22)
    const entry = Buffer.alloc(14)
    entry.writeUInt32LE(((0o100_000 | mode) << 16) >>> 0, 6)
    entry.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02'), uint16(madeByUnix | version), common, entry, path)
    parts.push(Buffer.from('PK\x03\x04'), common, path, data)
    offset += 4 + common.length + path.length + data.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, entries, end])
}

function uint16(value) {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
