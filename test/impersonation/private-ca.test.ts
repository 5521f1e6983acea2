import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { googleHosts } from '../../src/emulator/impersonation/google-hosts.ts'
import { javaTrustStore } from '../../src/emulator/impersonation/java-trust-store.ts'
import { createAuthority, createPrivateCa, issueCredentials } from '../../src/emulator/impersonation/private-ca.ts'
import { goEnvironment } from '../official-clients/client-program.ts'
import { runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'

// A CA whose key leaks must be worthless. These tests keep the key that the product forgets, and sign other names.

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'gsa-ca-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string | Buffer): string {
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
    const { certificatePem, serverCredentials } = createPrivateCa(googleHosts)
    expect(await opensslVerdict(certificatePem, serverCredentials.cert, '-verify_hostname', host)).toMatch(/: OK\n$/)
  })

  test.each(['127.0.0.1', '::1', 'fe80::1:2', '2001:db8::'])(
    'accepts the certificate for the address %s',
    async (ip) => {
      const { certificatePem, serverCredentials } = createPrivateCa(['google', ip])
      expect(await opensslVerdict(certificatePem, serverCredentials.cert, '-verify_ip', ip)).toMatch(/: OK\n$/)
    },
  )

  test.each([
    ['another host', ['example.com']],
    ['a parent domain', ['google.com']],
    ['a wildcard for the parent domain', ['*.googleapis.com']],
    ['another host beside one of its own', ['www.googleapis.com', 'example.com']],
    ['an IPv4 address', ['www.googleapis.com', '127.0.0.1']],
    ['an IPv6 address', ['www.googleapis.com', '::1']],
  ])('refuses a certificate of the CA for %s', async (_, names) => {
    const authority = createAuthority(googleHosts)
    expect(await opensslVerdict(authority.certificate.toString(), issueCredentials(authority, names).cert)).toMatch(
      /(?:permitted|excluded) subtree violation/,
    )
  })

  test('refuses a second address where one is allowed', async () => {
    const authority = createAuthority(['google', '127.0.0.1'])
    const other = issueCredentials(authority, ['google', '127.0.0.2'])
    expect(await opensslVerdict(authority.certificate.toString(), other.cert)).toContain('permitted subtree violation')
  })

  test('finds a CA that is valid for one day, and can sign no other CA', async () => {
    const ca = file('day.pem', createPrivateCa(googleHosts).certificatePem)
    const { stdout } = await run('openssl', ['x509', '-in', ca, '-noout', '-text'])
    expect(stdout).toContain('CA:TRUE, pathlen:0')
    expect(stdout).toMatch(/X509v3 Name Constraints: critical/)
    const [from = '', to = ''] = [...stdout.matchAll(/Not (?:Before|After ?) ?: (.*)/g)].map(([, date]) => date ?? '')
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * 60 * 60_000)
  })
})

const goProgram = `package main
import ("crypto/tls"; "fmt"; "os")
func main() {
  _, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{ServerName: "example.com"})
  fmt.Println(err)
}
`
const javaProgram = `import java.net.Socket;
import javax.net.ssl.*;
class Attack {
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var socket = (SSLSocket) factory.createSocket(new Socket("127.0.0.1", port), "example.com", port, true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    try { socket.startHandshake(); System.out.println("accepted"); }
    catch (SSLException error) { System.out.println(error.getMessage()); }
  }
}
`

describe('a server with a certificate of the CA for another host', () => {
  const authority = createAuthority(googleHosts)
  const server = createServer(issueCredentials(authority, ['www.googleapis.com', 'example.com']))
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const port = (): number => (server.address() as AddressInfo).port

  test('is refused by Node.js', async () => {
    const refused = await new Promise<Error | TLSSocket>((resolve) => {
      const options = {
        port: port(),
        host: '127.0.0.1',
        servername: 'example.com',
        ca: authority.certificate.toString(),
      }
      const socket = connect(options, () => resolve(socket)).on('error', resolve)
    })
    expect(refused).toHaveProperty('message', 'permitted subtree violation')
  })

  test('is refused by Go', { timeout: 200_000 }, async ({ skip }) => {
    needs({ skip }, 'official clients for Go')
    const env = { ...goEnvironment, HOME: folder, SSL_CERT_FILE: file('ca-go.pem', authority.certificate.toString()) }
    const argv = ['run', file('attack.go', goProgram), String(port())]
    const { stdout } = await runProgram('go', argv, { env, folder, deadlineMs: 180_000 })
    expect(stdout).toContain('is not permitted by any constraint')
  })

  test('is refused by Java', { timeout: 200_000 }, async ({ skip }) => {
    needs({ skip }, 'official clients for Java')
    // Java ignores the constraints of a CA that it trusts, so it trusts the server's certificate, as in the product.
    const der = new X509Certificate(issueCredentials(authority, googleHosts).cert).raw
    const store = file('ca.p12', javaTrustStore([der]))
    const argv = [`-Djavax.net.ssl.trustStore=${store}`, file('Attack.java', javaProgram), String(port())]
    const { stdout, stderr } = await runProgram('java', argv, { folder, deadlineMs: 180_000 })
    expect(stdout, stderr).toContain('unable to find valid certification path')
  })
})
