import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkServerIdentity, connect, createServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ownAuthority, ownCertificate } from '../../src/backend/certificate.ts'

const shownHosts: readonly (readonly [host: string, shown: string])[] = [
  ['localhost', 'DNS:localhost'],
  ['müller.local', 'DNS:xn--mller-kva.local'],
  ['192.168.178.20', 'IP Address:192.168.178.20'],
  ['::1', 'IP Address:0:0:0:0:0:0:0:1'],
  ['::', 'IP Address:0:0:0:0:0:0:0:0'],
  ['fe80::1:2%eth0', 'IP Address:FE80:0:0:0:0:0:1:2'],
  ['2001:db8:1:2:3:4:5:6', 'IP Address:2001:DB8:1:2:3:4:5:6'],
  ['::ffff:10.0.2.2', 'IP Address:0:0:0:0:0:FFFF:A00:202'],
]

const noon = Date.parse('2026-11-21T12:00:00Z')

test.each(shownHosts)('the certificate of gsa serve is for %s', (host, shown) => {
  expect(new X509Certificate(ownCertificate([host], noon).cert).subjectAltName).toBe(shown)
})

test('has as many names as a machine has', () => {
  // Their lengths take one byte, two and three.
  for (const count of [1, 10, 1500]) {
    const names = Array.from({ length: count }, (_, index) => `machine-${index}.a-rather-long-domain.example`)
    const { subjectAltName } = new X509Certificate(ownCertificate(names, noon).cert)
    expect(subjectAltName?.split(', ')).toEqual(names.map((name) => `DNS:${name}`))
  }
})

test.each([
  ['2026-11-21T12:00:00Z', 'Nov 21 11:00:00 2026 GMT', 'Nov 22 12:00:00 2026 GMT'],
  ['2050-01-01T00:30:00Z', 'Dec 31 23:30:00 2049 GMT', 'Jan  2 00:30:00 2050 GMT'],
])('made at %s is valid from an hour before until a day after', (made, from, to) => {
  const certificate = new X509Certificate(ownCertificate(['localhost'], Date.parse(made)).cert)
  expect(certificate).toMatchObject({ validFrom: from, validTo: to })
})

/** Creates a folder for OpenSSL's files, and runs OpenSSL in it. */
function openssl(): { folder: string; run: (...args: readonly string[]) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-certificate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { folder, run: (...args) => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }) }
}

const served = ['localhost', '127.0.0.1', '::1', 'desk.local', '192.168.178.20']

test("passes OpenSSL's checks for every name and address", () => {
  const { folder, run } = openssl()
  const { cert, key, authority, sha256 } = ownCertificate(served, Date.now())
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'authority.pem'), authority)
  const strictly = ['verify', '-x509_strict', '-CAfile', 'authority.pem', '-purpose', 'sslserver']
  for (const host of served)
    expect(run(...strictly, isIP(host) === 0 ? '-verify_hostname' : '-verify_ip', host, 'cert.pem')).toBe(
      'cert.pem: OK\n',
    )
  expect(() => run(...strictly, '-verify_hostname', 'accounts.google.com', 'cert.pem')).toThrow(/hostname mismatch/)

  const ofServer = run('x509', '-in', 'cert.pem', '-noout', '-text')
  expect(ofServer).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/)
  expect(ofServer).toMatch(/Key Usage: critical\s+Digital Signature\n/)
  expect(ofServer).toMatch(/Extended Key Usage: *\s+TLS Web Server Authentication\n/)
  const ofAuthority = run('x509', '-in', 'authority.pem', '-noout', '-text')
  expect(ofAuthority).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/)
  expect(ofAuthority).toMatch(/Key Usage: critical\s+Certificate Sign\n/)
  expect(ofAuthority).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+IP:127\.0\.0\.1\//)
  for (const text of [ofServer, ofAuthority])
    expect(text).toMatch(/Subject Key Identifier: *\s+(?:[\dA-F]{2}:){19}[\dA-F]{2}\n/)
  expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true)
  const authorityCertificate = new X509Certificate(authority)
  expect(authorityCertificate.fingerprint256).toBe(sha256)
  expect(authorityCertificate.checkPrivateKey(createPrivateKey(key))).toBe(false)
  expect(cert).toContain(authority)
})

describe('its authority, even with a stolen key, vouches for', () => {
  /**
   * Signs a certificate for these names with the authority's key for `hosts`; returns the verdicts of OpenSSL and Node.
   */
  async function judge(
    hosts: readonly string[],
    { names, subject = 'x', isAuthority = false }: { names: string; subject?: string; isAuthority?: boolean },
  ): Promise<{ openSsl: string; node: string }> {
    const { folder, run } = openssl()
    const { certificate, privateKey } = ownAuthority(hosts, Date.now())
    writeFileSync(join(folder, 'ca.pem'), certificate.toString())
    writeFileSync(join(folder, 'ca.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const sign = (name: string, ca: string, extensions: readonly string[], commonName: string): void => {
      const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`]
      run('req', '-new', ...newKey, '-subj', `/CN=${commonName}`, '-out', `${name}.csr`)
      writeFileSync(join(folder, 'extensions'), extensions.join('\n'))
      const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '1', '-extfile', 'extensions']
      run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`)
    }
    if (isAuthority) sign('sub', 'ca', ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'], 'sub')
    const leaf = ['extendedKeyUsage=serverAuth', ...(names === '' ? [] : [`subjectAltName=${names}`])]
    sign('leaf', isAuthority ? 'sub' : 'ca', leaf, subject)
    const chain = ['leaf', ...(isAuthority ? ['sub'] : [])].map((name) =>
      readFileSync(join(folder, `${name}.pem`), 'utf8'),
    )
    writeFileSync(join(folder, 'chain.pem'), chain.join(''))
    let openSsl: string
    try {
      openSsl = run('verify', '-CAfile', 'ca.pem', '-untrusted', 'chain.pem', '-purpose', 'sslserver', 'leaf.pem')
    } catch (error) {
      openSsl = (error as { stderr: string }).stderr
    }
    const pair = { cert: chain.join(''), key: readFileSync(join(folder, 'leaf.key')) }
    const host = /^(?:DNS|IP):([^,]*)/.exec(names)?.[1] ?? subject
    return { openSsl, node: await handshake(pair, certificate.toString(), host) }
  }

  /** Returns Node's verdict on a server that it connects to as this host: `trusted`, or why not. */
  async function handshake(pair: { cert: string; key: Buffer }, ca: string, host: string): Promise<string> {
    const server = createServer(pair, (socket) => socket.on('error', () => undefined).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      return await new Promise((resolve) => {
        const socket = connect({
          port: (server.address() as AddressInfo).port,
          host: '127.0.0.1',
          ca,
          checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
        })
        socket.once('secureConnect', () => {
          socket.destroy()
          resolve('trusted')
        })
        socket.once('error', ({ message }) => resolve(message))
      })
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  }

  test.each(['DNS:localhost', 'DNS:desk.local', 'IP:127.0.0.1', 'IP:::1', 'IP:192.168.178.20'])('%s', async (names) => {
    expect(await judge(served, { names })).toEqual({ openSsl: 'leaf.pem: OK\n', node: 'trusted' })
  })

  const notPermitted = /permitted subtree violation|excluded subtree violation/
  test.each<[names: string, hosts?: readonly string[]]>([
    ['DNS:accounts.google.com'],
    ['DNS:localhost.example.com'],
    ['DNS:notlocalhost'],
    ['DNS:localhost,DNS:accounts.google.com'],
    ['IP:8.8.8.8'],
    ['IP:192.168.178.21'],
    ['IP:2001:db8::9'],
    ['DNS:accounts.google.com', ['127.0.0.1']],
    ['IP:8.8.8.8', ['localhost']],
    ['IP:2001:db8::9', ['localhost']],
    ['IP:2001:db8::9', ['127.0.0.1']],
  ])('not %s', async (names, hosts = served) => {
    expect(await judge(hosts, { names })).toEqual({
      openSsl: expect.stringMatching(notPermitted) as string,
      node: expect.stringMatching(notPermitted) as string,
    })
  })

  test('no name that appears only in the subject', async () => {
    const { openSsl, node } = await judge(served, { names: '', subject: 'accounts.google.com' })
    expect([openSsl, node]).toEqual([expect.stringMatching(notPermitted), expect.stringMatching(notPermitted)])
  })

  test('no other authority', async () => {
    const tooLong = expect.stringMatching(/path length constraint exceeded/) as string
    expect(await judge(served, { names: 'DNS:localhost', isAuthority: true })).toEqual({
      openSsl: tooLong,
      node: tooLong,
    })
  })
})

test('no two have the same serial number', () => {
  const serials = Array.from(
    { length: 50 },
    () => new X509Certificate(ownCertificate(['localhost'], noon).cert).serialNumber,
  )
  expect(new Set(serials).size).toBe(50)
})
