import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { embeddedFile, nodeCommand } from '../../core/embedded-file.ts'
import { shellWord } from '../../core/shell-word.ts'
import { createTemporaryFolder } from '../../core/temporary-folder.ts'
import { systemOpener } from './browser-programs.ts'
import { javaTrustStore } from './java-trust-store.ts'

/** Files for programs, in a private temporary folder. */
export interface TrustFiles {
  /** The private CA alone, as PEM. */
  readonly caFile: string
  /** The private CA, and every certificate that was trusted before: most programs replace their list with a file. */
  readonly bundle: string
  /** The server's certificate, and every CA that was trusted before, as PKCS #12 for Java. */
  readonly javaTrustStore: string
  /** The private CA, and what NODE_EXTRA_CA_CERTS named before. Node.js adds it to its own list. */
  readonly nodeCertificates: string
  /** A folder for PATH with the system's program that opens a browser. */
  readonly programs: string
  /** A program for BROWSER. */
  readonly browser: string
  /** A folder with settings for PHP. */
  readonly phpSettings: string
  /** In a single-file binary, the file that Node.js programs load first; otherwise it is in the package. */
  readonly nodePreload: string | undefined
  readonly remove: () => void
}

type Environment = Readonly<Record<string, string | undefined>>

const onePem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** Where Linux distributions, BSD and macOS keep the certificates that programs trust. */
export const systemBundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** The names of files in the folder of `caFile`. */
export const trustFileNames = { bundle: 'bundle.pem', javaTrustStore: 'trust.p12' } as const

/** The contents of the files. */
interface TrustContents {
  readonly caPem: string
  /** The server's certificate chain. */
  readonly serverPem: string
  /** The script that opens a browser. */
  readonly browser: string
  readonly environment: Environment
}

/** Writes the files. The folder is readable for this user only, although nothing in it is secret. */
export function writeTrustFiles({ caPem, serverPem, browser, environment }: TrustContents): TrustFiles {
  const { path: folder, remove } = createTemporaryFolder('gsa-emulator-')
  const write = (name: string, content: string | Buffer, mode = 0o600): string => {
    const file = join(folder, name)
    writeFileSync(file, content, { mode })
    return file
  }
  const before = trustedBefore(environment)
  const bundle = write(trustFileNames.bundle, `${caPem}${before}`)
  // Java ignores the name constraints of a CA that it trusts, so it gets the server's certificate instead.
  const [server = Buffer.alloc(0)] = certificatesIn(serverPem)
  const phpSettings = join(folder, 'php')
  const programs = join(folder, 'bin')
  for (const inner of [phpSettings, programs]) mkdirSync(inner)
  write(join('php', 'gsa.ini'), `openssl.cafile="${bundle}"\ncurl.cainfo="${bundle}"\n`)
  const script = write('browser.cjs', browser)
  const opener = (name: string): string =>
    write(
      join('bin', name),
      `#!/bin/sh\nexec ${[...nodeCommand(), script].map(shellWord).join(' ')} ${name} "$@"\n`,
      0o700,
    )
  opener(systemOpener)
  const preload = embeddedFile('node-preload.cjs')
  return {
    caFile: write('ca.pem', caPem),
    bundle,
    javaTrustStore: write(trustFileNames.javaTrustStore, javaTrustStore([server, ...certificatesIn(before)])),
    nodeCertificates: write('node.pem', `${caPem}${textOf(environment['NODE_EXTRA_CA_CERTS'])}`),
    programs,
    browser: opener('browser'),
    phpSettings,
    nodePreload: preload === undefined ? undefined : write('node-preload.cjs', preload),
    remove,
  }
}

/** Returns the certificates that this machine trusts, as PEM; those of Node.js if it has no file with them. */
function trustedBefore(environment: Environment): string {
  const system = [environment['SSL_CERT_FILE'], ...systemBundles].map(textOf).find((text) => text !== '')
  // A company's own certificates may be in one of these only.
  const added = [environment['CURL_CA_BUNDLE'], environment['REQUESTS_CA_BUNDLE']].map(textOf)
  return [system ?? `${rootCertificates.join('\n')}\n`, ...new Set(added)].join('')
}

/** Returns the complete certificates in a file, as PEM; nothing if it cannot be read. */
function textOf(file: string | undefined): string {
  if (!file) return ''
  try {
    return readFileSync(file, 'utf8').match(onePem)?.join('\n').concat('\n') ?? ''
  } catch {
    return ''
  }
}

function certificatesIn(pem: string): readonly Buffer[] {
  return [...pem.matchAll(onePem)].map(([, base64 = '']) => Buffer.from(base64, 'base64'))
}
