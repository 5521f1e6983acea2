import { endianness } from 'node:os'
import { describe, expect, test } from 'vitest'
import { listenerOwner, type PeerLookup, sharedPeerLookup } from '../../src/http/local-sockets.ts'

const me = process.geteuid?.() ?? 0
const other = me + 1234
const port = 9077

/** Writes an address as the kernel does: 32-bit words, each in the machine's byte order. */
function inTable(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  return bytes.toString('hex').toUpperCase()
}
const loopback4 = inTable('7f000001')
const any4 = inTable('00000000')
const loopback6 = inTable('00000000000000000000000000000001')
const any6 = inTable('00000000000000000000000000000000')
const mapped = inTable('00000000000000000000ffff7f000001')

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, remote: string, state: string, uid: number, inode = 4711): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`
const listener = (address: string, uid: number): string =>
  row(`${address}:2375`, `${address.replaceAll(/./g, '0')}:0000`, '0A', uid)

describe('the process that listens on 127.0.0.1:9077', () => {
  test.each([
    ['own', 'this user', listener(loopback4, me)],
    ['own', 'this user on all addresses', listener(any4, me)],
    ['own', 'this user on all addresses of both kinds', listener(any6, me)],
    ['own', 'this user on a mapped address', listener(mapped, me)],
    ['own', 'root, as for a container with a published port', listener(any4, 0)],
    ['foreign', 'another user', listener(loopback4, other)],
    ['foreign', 'another user on all addresses', listener(any6, other)],
    ['foreign', 'two users, one of them another', listener(any6, me) + listener(loopback4, other)],
    ['nobody', 'nobody', ''],
    ['nobody', 'a listener on the other loopback address', listener(loopback6, me)],
    ['nobody', 'a connection, not a listener', row(`${loopback4}:2375`, `${loopback4}:AAAA`, '01', me)],
    ['nobody', 'a listener on another port', listener(loopback4, other).replace(':2375', ':2376')],
  ])('is %s: %s', (expected, _, rows) => {
    expect(listenerOwner({ address: '127.0.0.1', port }, () => head + rows)).toBe(expected)
  })

  test('is unknown without a table, as on macOS and Windows', () => {
    expect(listenerOwner({ address: '127.0.0.1', port }, () => undefined)).toBe('unknown')
  })

  test('on ::1 too', () => {
    expect(listenerOwner({ address: '::1', port }, () => head + listener(loopback6, other))).toBe('foreign')
    expect(listenerOwner({ address: '::1', port }, () => head + listener(any6, me))).toBe('own')
  })
})

describe('the other end of a connection to 127.0.0.1:9077', () => {
  const own = { address: '127.0.0.1', port }
  const peer = { address: '127.0.0.1', port: 0xaaaa }
  test.each([
    ['own', 'this user', row(`${loopback4}:AAAA`, `${loopback4}:2375`, '01', me)],
    ['own', 'this user, over a mapped address', row(`${mapped}:AAAA`, `${mapped}:2375`, '01', me)],
    ['own', 'root', row(`${loopback4}:AAAA`, `${loopback4}:2375`, '01', 0)],
    ['foreign', 'another user', row(`${loopback4}:AAAA`, `${loopback4}:2375`, '01', other)],
    [
      'nobody',
      'a socket that was closed, which the kernel shows as root',
      row(`${loopback4}:AAAA`, `${loopback4}:2375`, '05', 0, 0),
    ],
    ['nobody', 'this end of the connection', row(`${loopback4}:2375`, `${loopback4}:AAAA`, '01', me)],
  ])('is %s: %s', async (expected, _, rows) => {
    expect(await sharedPeerLookup(async () => head + rows)(own, peer)).toBe(expected)
  })

  test('is unknown without a table, as on macOS and Windows', async () => {
    expect(await sharedPeerLookup(async () => undefined)(own, peer)).toBe('unknown')
  })

  test('is found on the second read if the table changed during the first', async () => {
    const rows = ['', row(`${loopback4}:AAAA`, `${loopback4}:2375`, '01', me)]
    expect(await sharedPeerLookup(async () => head + (rows.shift() ?? ''))(own, peer)).toBe('own')
  })
})

describe('a socket table', () => {
  const own = { address: '127.0.0.1', port }
  const clients = Array.from({ length: 300 }, (_, at) => ({ address: '127.0.0.1', port: 0x8000 + at }))
  const rowOf = (at: { port: number }, uid: number): string =>
    row(`${loopback4}:${at.port.toString(16).toUpperCase()}`, `${loopback4}:2375`, '01', uid)

  /** Returns a lookup whose reads and pauses end when the test says so. */
  function heldLookup(): { lookup: PeerLookup; reads: ((rows: string) => void)[]; rests: (() => void)[] } {
    const reads: ((rows: string) => void)[] = []
    const rests: (() => void)[] = []
    const read = async (): Promise<string> => new Promise((resolve) => reads.push((rows) => resolve(head + rows)))
    const rest = async (): Promise<void> => new Promise((resolve) => rests.push(resolve))
    return { lookup: sharedPeerLookup(read, rest), reads, rests }
  }
  const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('is read once for all waiting connections, and not again before a pause', async () => {
    const { lookup, reads, rests } = heldLookup()
    const rows = clients.map((client, at) => rowOf(client, at % 2 === 0 ? me : other)).join('')
    const first = lookup(own, clients[0] ?? own)
    await settled()
    const others = clients.slice(1).map(async (client) => lookup(own, client))
    reads[0]?.(rows)
    expect(await first).toBe('own')
    await settled()
    expect(reads).toHaveLength(1)
    rests[0]?.()
    await settled()
    reads[1]?.(rows)
    expect(await Promise.all(others)).toEqual(clients.slice(1).map((_, at) => (at % 2 === 0 ? 'foreign' : 'own')))
    expect(reads).toHaveLength(2)
  })

  test('says nothing about a connection made after its read began', async () => {
    const { lookup, reads, rests } = heldLookup()
    const [early = own, late = own] = clients
    const first = lookup(own, early)
    await settled()
    const second = lookup(own, late)
    // The late port belonged to this user when the table was read.
    reads[0]?.(rowOf(early, me) + rowOf(late, me))
    expect(await first).toBe('own')
    rests[0]?.()
    await settled()
    reads[1]?.(rowOf(late, other))
    expect(await second).toBe('foreign')
  })

  test('is read three times for any number of connections that are not in it', async () => {
    let reads = 0
    const lookup = sharedPeerLookup(
      async () => {
        reads++
        return head
      },
      async () => undefined,
    )
    const owners = await Promise.all(clients.map(async (client) => lookup(own, client)))
    expect(new Set(owners)).toEqual(new Set(['nobody']))
    expect(reads).toBe(3)
  })
})
