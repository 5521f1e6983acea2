import type { RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { nodeCommand } from '../../core/embedded-file.ts'
import { withoutBrackets } from '../../core/without-brackets.ts'
import type { ImpersonationProxy } from '../records/impersonation-proxy.ts'
import { browserPrograms } from './browser-programs.ts'
import { browserScript } from './browser-script.ts'
import { earlierProxy } from './earlier-proxy.ts'
import { environmentFor } from './environment.ts'
import { forward, type Upstream } from './forward.ts'
import { googleHosts } from './google-hosts.ts'
import { createPrivateCa } from './private-ca.ts'
import { type OtherHosts, startProxy } from './proxy.ts'
import { startTlsFront } from './tls-front.ts'
import { writeTrustFiles } from './trust-files.ts'

/** Functions that take over a connection: to port 443 of Google's hosts, or to the proxy. */
export interface Takeover {
  readonly tls: (socket: Socket) => void
  readonly proxy: (socket: Socket) => void
}

/** Options of an impersonation. */
export interface ImpersonationOptions extends Partial<Pick<OtherHosts, 'offline' | 'report'>> {
  /** The variables that programs would have without it. Default: those of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** A file that stays, for NODE_OPTIONS. Default: this package's, or a copy that a single-file binary removes. */
  readonly nodePreload?: string | undefined
  /** Gets functions that take over connections. */
  readonly onStart?: (takeover: Takeover) => void
}

const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

/** A running impersonation. */
export interface Impersonation {
  /** Its environment is to be added to that of a program, with `extendedEnvironment`. */
  readonly proxy: ImpersonationProxy
  /** Removes its files, closes its connections and stops listening. */
  readonly close: () => Promise<void>
}

/** The emulator that stands in for Google's hosts: it listens at an address. */
export interface Impersonated {
  readonly address: string
  readonly autoConsent: boolean
  readonly serve: RequestListener
}

/**
 * Stands in for Google's hosts: `serve` of the emulator gets every request that a program sends to them. The key of the
 * private CA is never stored, and this machine's own certificates, hosts and proxy settings stay as they are.
 */
export async function impersonateGoogle(
  { address, autoConsent, serve }: Impersonated,
  { environment = {}, offline = false, report = () => undefined, nodePreload, onStart }: ImpersonationOptions,
): Promise<Impersonation> {
  const { certificatePem, spki, serverCredentials } = createPrivateCa(googleHosts)
  // First, because it may fail: nothing must be left listening.
  const files = writeTrustFiles({
    caPem: certificatePem,
    serverPem: serverCredentials.cert,
    browser: browserScript({
      hosts: googleHosts,
      address,
      autoConsent,
      programs: browserPrograms(environment),
      node: nodeCommand(),
      browser: environment['BROWSER'],
    }),
    environment,
  })
  const front = startTlsFront(serverCredentials, serve)
  const proxy = await startProxy(front, { offline, report, proxyBefore: earlierProxy(environment, report) })
  const tls = (socket: Socket): void => front.accept(socket)
  const direct = await listen(createServer(tls))
  onStart?.({ tls, proxy: proxy.accept })
  const { port } = direct.address() as AddressInfo
  return {
    proxy: {
      url: proxy.url,
      caFile: files.caFile,
      spki,
      environment: environmentFor(
        proxy.url,
        files,
        { hosts: googleHosts, port, offline },
        nodePreload ?? files.nodePreload,
      ),
    },
    close: async () => {
      files.remove()
      direct.close()
      await Promise.all([proxy.close(), front.close()])
    },
  }
}

/**
 * Stands in for Google's hosts in front of the emulator of another process, at its `http://HOST:PORT`. Its issuer must
 * be Google's.
 */
export async function impersonateRemote(
  address: string,
  options: ImpersonationOptions & Pick<Impersonated, 'autoConsent'>,
): Promise<Impersonation> {
  const { hostname, port, protocol } = new URL(address)
  const secure = protocol === 'https:'
  const agent = new (secure ? https : http).Agent({ keepAlive: true })
  const upstream: Upstream = { host: withoutBrackets(hostname), port: Number(port), agent, local: true, secure }
  const serve: RequestListener = (request, response) => {
    void forward(request, response, request.url ?? '/', upstream).catch((error: unknown) => {
      // A fault of the emulator reaches the program as it is.
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') request.socket.resetAndDestroy()
      else if (response.headersSent) response.destroy()
      else response.writeHead(502, { 'content-type': 'text/plain' }).end('The emulator cannot be reached.\n')
    })
  }
  const { proxy, close } = await impersonateGoogle({ address, autoConsent: options.autoConsent, serve }, options)
  return {
    proxy,
    close: async () => {
      await close()
      agent.destroy()
    },
  }
}

/** Listens on a free port of 127.0.0.1. */
async function listen(server: Server): Promise<Server> {
  return await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
