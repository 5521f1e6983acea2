import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { googleHosts } from '../../src/emulator/impersonation/google-hosts.ts'
import { createAuthority, createPrivateCa } from '../../src/emulator/impersonation/private-ca.ts'

// A CA whose key leaks must be worthless. These tests keep the key that the product forgets, and sign other names.

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'gsa-ca-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function opensslVerdict(ca: string, leaf: string, ...options: readonly string[]): Promise<string> {
  const argv = ['verify', '-x509_strict', ...options, '-CAfile', file('ca.pem', ca), file('leaf.pem', leaf)]
  const { stdout, stderr } = await run('openssl', argv).catch(
    (error: unknown) => error as Record<'stdout' | 'stderr', string>,
  )
  return `${stdout}${stderr}`
}

describe('OpenSSL', () => {
  test.each(googleHosts)('accepts the certificate for %s', async (host) => {
    const { certificatePem, serverCredentials } = createPrivateCa({ dnsNames: googleHosts })
    expect(await opensslVerdict(certificatePem, serverCredentials.cert, '-verify_hostname', host)).toMatch(/: OK\n$/)
  })

  test.each(['127.0.0.1', '::1', 'fe80::1:2', '2001:db8::'])(
    'accepts the certificate for the address %s',
    async (ip) => {
      const { certificatePem, serverCredentials } = createPrivateCa({ dnsNames: ['google'], addresses: [ip] })
      expect(await opensslVerdict(certificatePem, serverCredentials.cert, '-verify_ip', ip)).toMatch(/: OK\n$/)
    },
  )

  test.each([
    ['another host', { dnsNames: ['example.com'] }],
    ['a parent domain', { dnsNames: ['google.com'] }],
    ['a wildcard for the parent domain', { dnsNames: ['*.googleapis.com'] }],
    ['another host beside one of its own', { dnsNames: ['www.googleapis.com', 'example.com'] }],
    ['an IPv4 address', { dnsNames: ['www.googleapis.com'], addresses: ['127.0.0.1'] }],
    ['an IPv6 address', { dnsNames: ['www.googleapis.com'], addresses: ['::1'] }],
  ])('refuses a certificate of the CA for %s', async (_, names) => {
    const authority = createAuthority({ dnsNames: googleHosts })
    expect(await opensslVerdict(authority.certificatePem, authority.issue(names).cert)).toMatch(
      /(?:permitted|excluded) subtree violation/,
    )
  })

  test('refuses a second address where one is allowed', async () => {
    const authority = createAuthority({ dnsNames: ['google'], addresses: ['127.0.0.1'] })
    const other = authority.issue({ dnsNames: ['google'], addresses: ['127.0.0.2'] })
    expect(await opensslVerdict(authority.certificatePem, other.cert)).toContain('permitted subtree violation')
  })

  test('finds a CA that is valid for one day, and can sign no other CA', async () => {
    const ca = file('day.pem', createPrivateCa({ dnsNames: googleHosts }).certificatePem)
    const { stdout } = await run('openssl', ['x509', '-in', ca, '-noout', '-text'])
    expect(stdout).toContain('CA:TRUE, pathlen:0')
    expect(stdout).toMatch(/X509v3 Name Constraints: critical/)
    const [from = '', to = ''] = [...stdout.matchAll(/Not (?:Before|After ?) ?: (.*)/g)].map(([, date]) => date ?? '')
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * 60 * 60_000)
  })
})

test('Node.js refuses a certificate of the CA for another host', async () => {
  const authority = createAuthority({ dnsNames: googleHosts })
  const server = createServer(authority.issue({ dnsNames: ['example.com'] }))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  try {
    const refused = await new Promise<NodeJS.ErrnoException | TLSSocket>((resolve) => {
      const options = { port, host: '127.0.0.1', servername: 'example.com', ca: authority.certificatePem }
      const socket = connect(options, () => resolve(socket)).on('error', resolve)
    })
    expect(refused).toHaveProperty('message', 'permitted subtree violation')
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
