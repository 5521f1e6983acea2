import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { localNames } from './local-names.ts'
import type { TrustFiles } from './trust-files.ts'

type Environment = Readonly<Record<string, string>>

/** The data for bin/node-preload.js. */
interface Redirection {
  readonly hosts: readonly string[]
  /** The port of the front on 127.0.0.1. */
  readonly port: number
  /** Refuses other hosts. */
  readonly offline: boolean
}

const preload = 'bin/node-preload.js'

/**
 * Returns the variables with which programs use the proxy and trust the private CA: curl, Go, Python, Node.js, Deno,
 * Bun, Java, Ruby, Perl, PHP, .NET, Rust and gcloud. {@link extendedEnvironment} adds them to others.
 */
export function environmentFor(
  proxyUrl: string,
  files: TrustFiles,
  redirection: Redirection,
  nodePreload = packagedPreload(),
): Environment {
  const local = localNames()
  return {
    ...proxyVariables(proxyUrl, local.join(',')),
    ...trustVariables(files),
    NODE_OPTIONS: `--require ${quotedForNode(nodePreload)}`,
    // The node:https of Bun 1.4 reads no proxy variable.
    BUN_OPTIONS: quotedForNode(`--preload=${nodePreload}`),
    GSA_IMPERSONATION: JSON.stringify({ ...redirection, local, proxy: Number(new URL(proxyUrl).port) }),
    JAVA_TOOL_OPTIONS: javaOptions(proxyUrl, files, local),
    // An empty entry stands for PHP's own folder.
    PHP_INI_SCAN_DIR: `:${files.phpSettings}`,
    PATH: files.programs,
    BROWSER: files.browser,
  }
}

function proxyVariables(proxyUrl: string, noProxy: string): Environment {
  return {
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    // Ruby reads this one for https, too.
    http_proxy: proxyUrl,
    // Go prefers it: a proxy from before would stay in use, even with --offline.
    HTTP_PROXY: proxyUrl,
    // Perl's LWP ignores the others without this one.
    PERL_LWP_ENV_PROXY: '1',
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  }
}

function trustVariables({ bundle, nodeCertificates }: TrustFiles): Environment {
  return {
    SSL_CERT_FILE: bundle,
    CURL_CA_BUNDLE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    HTTPLIB2_CA_CERTS: bundle,
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: bundle,
    PERL_LWP_SSL_CA_FILE: bundle,
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: bundle,
    DENO_CERT: nodeCertificates,
    NODE_EXTRA_CA_CERTS: nodeCertificates,
  }
}

function javaOptions(proxyUrl: string, { javaTrustStore }: TrustFiles, local: readonly string[]): string {
  const { hostname, port } = new URL(proxyUrl)
  // Java splits this at blanks unless they are quoted.
  const settings = {
    'https.proxyHost': hostname,
    'https.proxyPort': port,
    'http.proxyHost': hostname,
    'http.proxyPort': port,
    'http.nonProxyHosts': ['127.*', '[::1]', ...local].join('|'),
    'javax.net.ssl.trustStore': javaTrustStore,
    'javax.net.ssl.trustStoreType': 'PKCS12',
  }
  return Object.entries(settings)
    .map(([name, value]) => (/\s/.test(value) ? `"-D${name}=${value}"` : `-D${name}=${value}`))
    .join(' ')
}

/** Returns the path of bin/node-preload.js: this module is in src/emulator/impersonation/ or in dist/. */
function packagedPreload(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, preload)) && folder !== dirname(folder)) folder = dirname(folder)
  return join(folder, preload)
}

/** Quotes a word of NODE_OPTIONS or BUN_OPTIONS, where a backslash escapes. */
function quotedForNode(word: string): string {
  return /[\s"\\]/.test(word) ? `"${word.replace(/["\\]/g, String.raw`\$&`)}"` : word
}
