import type { Agent } from 'node:http'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Environment } from '../core/environment.ts'
import { matchesNoProxy, noProxyEntries } from '../core/no-proxy.ts'
import { withoutBrackets } from '../core/without-brackets.ts'
import { Failure } from '../failures/index.ts'
import { idleMs } from './connections.ts'
import { isLoopbackLiteral } from './url-rule.ts'

/**
 * Returns the proxy for a URL: HTTPS_PROXY, or ALL_PROXY, unless NO_PROXY names the host. Lower-case names take
 * precedence, as in curl. Loopback addresses never go through a proxy.
 * @throws Failure `url_not_allowed`
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  if (url.protocol !== 'https:' || isLoopbackLiteral(url.hostname) || url.hostname === 'localhost') return undefined
  const name = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find(
    (candidate) => (env[candidate] ?? '') !== '',
  )
  if (name === undefined || isExempt(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined
  const value = env[name] ?? ''
  const proxy = URL.canParse(value) ? new URL(value) : undefined
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy
  // The value may contain a password, so it is not shown.
  throw new Failure('url_not_allowed', { name, url: '…', problem: 'which is not the http or https URL of a proxy' })
}

function isExempt({ hostname, port }: URL, list: string): boolean {
  return noProxyEntries(list).some((entry) => matchesNoProxy(entry, hostname, Number(port || 443)))
}

const agents = new Map<string, Agent>()

/**
 * Returns the agent that tunnels through a proxy. It is loaded only if needed and kept like that of `directAgent`, so
 * that tunnels are reused.
 */
export async function proxyAgent(proxy: URL, ownConnection: boolean): Promise<Agent> {
  const { HttpsProxyAgent } = await import('https-proxy-agent')
  const key = `${proxy.href} ${ownConnection}`
  const agent = agents.get(key) ?? new HttpsProxyAgent(proxy, { keepAlive: !ownConnection, timeout: idleMs })
  agents.set(key, agent)
  return agent
}

/**
 * Returns a check of a server's certificate against its URL's host (RFC 9110 section 4.3.4), for a tunnel: there, Node
 * would check a server named by an IP address against the proxy's name, or "localhost".
 */
export function identityCheck({ hostname }: URL): (name: string, certificate: PeerCertificate) => Error | undefined {
  const host = withoutBrackets(hostname)
  return (_, certificate) => checkServerIdentity(host, certificate)
}
