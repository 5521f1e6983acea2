import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'

/** An IP address and a port, as `net.Socket` gives them. */
interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * Who owns a socket of this machine: this user (or root, who can read this process anyway), another user, nobody, or `unknown`
 * where the system has no table of sockets: only Linux has one.
 */
export type SocketOwner = 'own' | 'foreign' | 'nobody' | 'unknown'

/** Returns the text of the tables of TCP sockets; undefined where there are none. */
type ReadTables = () => string | undefined

interface Row {
  readonly local: string
  readonly remote: string
  readonly state: string
  readonly uid: number
}

const listening = '0A'
// Read in pieces, the table can miss a socket while others come and go.
const attempts = 3

/** Returns who listens on a port of an address of this machine, on that address or on all of them. */
export function listenerOwner({ address, port }: Endpoint, read: ReadTables = readTables): SocketOwner {
  const at = new Set([address, '0.0.0.0', '::'].map((one) => endpointText({ address: one, port })))
  return ownerOf(read, ({ state, local }) => state === listening && at.has(local))
}

/** Returns who is at the other end of a connection within this machine. */
export function peerOwner(own: Endpoint, peer: Endpoint, read: ReadTables = readTables): SocketOwner {
  const [here, there] = [endpointText(own), endpointText(peer)]
  return ownerOf(read, ({ local, remote }) => local === there && remote === here)
}

function ownerOf(read: ReadTables, isMeant: (row: Row) => boolean): SocketOwner {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const tables = read()
    if (tables === undefined) return 'unknown'
    const found = rowsOf(tables).filter(isMeant)
    if (found.length > 0) return found.every(({ uid }) => isTrusted(uid)) ? 'own' : 'foreign'
  }
  return 'nobody'
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.()
}

function readTables(): string | undefined {
  try {
    const ipv4 = readFileSync('/proc/net/tcp', 'latin1')
    try {
      return ipv4 + readFileSync('/proc/net/tcp6', 'latin1')
    } catch {
      // IPv6 is switched off.
      return ipv4
    }
  } catch {
    return undefined
  }
}

const rowPattern = /^ *\d+: ([\dA-F]+:[\dA-F]{4}) ([\dA-F]+:[\dA-F]{4}) ([\dA-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (\d+) /gm

/** The sockets that a process holds. The kernel shows a closed one as root's, with the inode 0: it tells nothing of its owner. */
function rowsOf(tables: string): Row[] {
  return [...tables.matchAll(rowPattern)]
    .filter(([, , , , , inode]) => inode !== '0')
    .map(([, local = '', remote = '', state = '', uid = '']) => ({
      local: tableText(local),
      remote: tableText(remote),
      state,
      uid: Number(uid),
    }))
}

/** `7F000001:2375`, with an IPv4 address that is mapped to IPv6 written as IPv4. */
function endpointText({ address, port }: Endpoint): string {
  const bytes = addressBytes(address.replace(/^::ffff:(?=\d+\.)/i, ''))
  return `${bytes.toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':').map((group) => group.padStart(4, '0')))
  const zeros = Math.max(0, 8 - groups(head).length - groups(tail).length)
  return Buffer.from([...groups(head), ...Array<string>(zeros).fill('0000'), ...groups(tail)].join(''), 'hex')
}

/** The same for an endpoint as the table has it: words of 32 bits, each in the byte order of the machine. */
function tableText(text: string): string {
  const [address = '', port = ''] = text.split(':')
  const bytes = Buffer.from(address, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  const hex = bytes.toString('hex').toUpperCase()
  return `${hex.replace(/^0{20}FFFF/, '')}:${port}`
}
