import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ownCertificate } from '../../src/backend/certificate.ts'

const hosts: readonly (readonly [host: string, shown: string])[] = [
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

test.each(hosts)('the certificate of gsa serve is for %s', (host, shown) => {
  expect(new X509Certificate(ownCertificate([host], noon).cert).subjectAltName).toBe(shown)
})

test('it is for as many names as a machine has', () => {
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
])('made at %s it holds from an hour before until a day after', (made, from, to) => {
  const certificate = new X509Certificate(ownCertificate(['localhost'], Date.parse(made)).cert)
  expect(certificate).toMatchObject({ validFrom: from, validTo: to })
})

test('OpenSSL finds nothing to object to in it, as that of a server and as that of an authority', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-certificate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'certificate.pem')
  const { cert, key, sha256 } = ownCertificate(['localhost', '127.0.0.1'], Date.now())
  writeFileSync(file, cert)
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' })
  const strictly = ['verify', '-x509_strict', '-CAfile', file]
  expect(openssl(...strictly, '-purpose', 'sslserver', '-verify_hostname', 'localhost', file)).toBe(`${file}: OK\n`)
  const text = openssl('x509', '-in', file, '-noout', '-text')
  expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE\n/)
  expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Certificate Sign\n/)
  expect(text).toMatch(/Extended Key Usage: *\s+TLS Web Server Authentication\n/)
  expect(text).toMatch(/Subject Key Identifier: *\s+(?:[\dA-F]{2}:){19}[\dA-F]{2}\n/)
  const certificate = new X509Certificate(cert)
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(certificate.fingerprint256).toBe(sha256)
})

test('no two have the same serial number', () => {
  const serials = Array.from(
    { length: 50 },
    () => new X509Certificate(ownCertificate(['localhost'], noon).cert).serialNumber,
  )
  expect(new Set(serials).size).toBe(50)
})
