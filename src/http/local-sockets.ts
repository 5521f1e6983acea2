import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { endianness } from 'node:os'
import { monotonicMs } from '../core/monotonic-ms.ts'

/** An IP address and a port, as in `net.Socket`. */
interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * The owner of a local socket: this user (or root, who can read this process anyway), another user, or nobody. The
 * owner is `unknown` if the system has no socket table: only Linux has one.
 */
export type SocketOwner = 'own' | 'foreign' | 'nobody' | 'unknown'

/** Returns the text of the TCP socket tables; undefined if there are none. */
type ReadTables = () => string | undefined

/** Returns the owner of the other end of an established connection within this machine. */
export type PeerLookup = (own: Endpoint, peer: Endpoint) => Promise<SocketOwner>

interface Row {
  readonly local: string
  readonly remote: string
  readonly state: string
  readonly uid: number
}

const tablePaths = { ipv4: '/proc/net/tcp', ipv6: '/proc/net/tcp6' }
const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex')
const listening = '0A'
// A read in pieces can miss a socket while others open and close.
const attempts = 3
const longestRestMs = 200

/** Returns the owner of the listener on a local port, on that address or on all addresses. */
export function listenerOwner({ address, port }: Endpoint, read: ReadTables = readTables): SocketOwner {
  const at = new Set([address, '0.0.0.0', '::'].flatMap((one) => tableForms({ address: one, port })))
  for (let attempt = 0; attempt < attempts; attempt++) {
    const tables = read()
    if (tables === undefined) return 'unknown'
    const found = rowsOf(tables).filter(({ state, local }) => state === listening && at.has(local))
    if (found.length > 0) return found.every(({ uid }) => isTrusted(uid)) ? 'own' : 'foreign'
  }
  return 'nobody'
}

/**
 * Returns a peer lookup that shares one read of the tables among all waiting connections. Any user can make the tables
 * long, because they list closed connections for a minute; one read per connection would leave no time for other work.
 */
export function sharedPeerLookup(
  read: () => Promise<string | undefined> = readTablesAside,
  rest: (readMs: number) => Promise<void> = restAfter,
): PeerLookup {
  let previous: Promise<void> = Promise.resolve()
  let next: Promise<ReadonlyMap<string, SocketOwner> | undefined> | undefined
  // A read that began before the connection was established could miss it, so callers never join a read in progress.
  const freshPeers = async (): Promise<ReadonlyMap<string, SocketOwner> | undefined> => {
    if (next !== undefined) return next
    const turn = previous.then(async () => {
      next = undefined
      const begun = monotonicMs()
      const tables = await read()
      const peers = tables === undefined ? undefined : ownersOf(tables)
      return { peers, readMs: monotonicMs() - begun }
    })
    previous = turn.then(async ({ readMs }) => rest(readMs))
    next = turn.then(({ peers }) => peers)
    return next
  }
  return async (own, peer) => {
    const [here, there] = [tableForms(own), tableForms(peer)]
    for (let attempt = 0; attempt < attempts; attempt++) {
      const peers = await freshPeers()
      if (peers === undefined) return 'unknown'
      for (const [at, form] of there.entries()) {
        const owner = peers.get(`${form} ${here[at]}`)
        if (owner !== undefined) return owner
      }
    }
    return 'nobody'
  }
}

/** Leaves four fifths of the time to other work, up to an unnoticeable pause. */
async function restAfter(readMs: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, Math.min(longestRestMs, 4 * readMs)).unref())
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.()
}

function readTables(): string | undefined {
  try {
    const ipv4 = readFileSync(tablePaths.ipv4, 'latin1')
    try {
      return ipv4 + readFileSync(tablePaths.ipv6, 'latin1')
    } catch {
      // IPv6 is disabled.
      return ipv4
    }
  } catch {
    return undefined
  }
}

/** Reads the same tables asynchronously. */
async function readTablesAside(): Promise<string | undefined> {
  try {
    const ipv4 = await readFile(tablePaths.ipv4, 'latin1')
    return ipv4 + (await readFile(tablePaths.ipv6, 'latin1').catch(() => ''))
  } catch {
    return undefined
  }
}

// Skips sockets that no process holds: those in TIME_WAIT (06), which can be thousands, and other closed ones, which
// the kernel lists as root's with inode 0. They say nothing about their owner.
const rowPattern =
  /^ *\d+: ([\dA-F]+:[\dA-F]{4}) ([\dA-F]+:[\dA-F]{4}) (?!06)([\dA-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (?!0 )\d+ /gm

function rowsOf(tables: string): readonly Row[] {
  return [...tables.matchAll(rowPattern)].map(([, local = '', remote = '', state = '', uid = '']) => ({
    local,
    remote,
    state,
    uid: Number(uid),
  }))
}

/** Returns each socket's owner by its two endpoints. */
function ownersOf(tables: string): ReadonlyMap<string, SocketOwner> {
  const owners = new Map<string, SocketOwner>()
  for (const { local, remote, uid } of rowsOf(tables)) {
    const key = `${local} ${remote}`
    if (owners.get(key) !== 'foreign') owners.set(key, isTrusted(uid) ? 'own' : 'foreign')
  }
  return owners
}

/** Returns an endpoint as the tables write it, `0100007F:2375`. An IPv4 address can also appear mapped to IPv6. */
function tableForms({ address, port }: Endpoint): readonly string[] {
  const bytes = addressBytes(address.replace(/^::ffff:(?=\d+\.)/i, ''))
  const forms = bytes.length === 4 ? [bytes, Buffer.concat([mappedPrefix, bytes])] : [bytes]
  return forms.map((form) => `${tableHex(form)}:${port.toString(16).toUpperCase().padStart(4, '0')}`)
}

/** Returns an address as 32-bit words, each in the machine's byte order. */
function tableHex(address: Buffer): string {
  const words = Buffer.from(address)
  if (endianness() === 'LE') words.swap32()
  return words.toString('hex').toUpperCase()
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string): readonly string[] =>
    text === '' ? [] : text.split(':').map((group) => group.padStart(4, '0'))
  const zeros = Math.max(0, 8 - groups(head).length - groups(tail).length)
  return Buffer.from([...groups(head), ...Array<string>(zeros).fill('0000'), ...groups(tail)].join(''), 'hex')
}
