import { matchesNoProxy, noProxyEntries } from '../../core/no-proxy.ts'
import type { OtherHosts } from './proxy.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns a function that finds the proxy that was configured before, if any: for hosts that are not Google's, it stays
 * in use. Lower-case names take precedence, as in curl. A proxy of another scheme than http and https is only reported.
 */
export function earlierProxy(environment: Environment, report: OtherHosts['report']): OtherHosts['proxyBefore'] {
  const proxies = { http: proxyIn(environment, 'http'), https: proxyIn(environment, 'https') }
  const direct = noProxyEntries(environment['no_proxy'] || environment['NO_PROXY'] || '')
  return ({ host, port }, scheme) => {
    const proxy = proxies[scheme]
    if (proxy === undefined || direct.some((entry) => matchesNoProxy(entry, host, port))) return undefined
    if (/^https?:$/.test(proxy.protocol)) return proxy
    report(`${proxy.protocol}//${proxy.host}`, 'unused')
    return undefined
  }
}

function proxyIn(environment: Environment, scheme: 'http' | 'https'): URL | undefined {
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY']
  const text = names.map((name) => environment[name] ?? '').find((value) => value !== '') ?? ''
  const address = text.includes('://') ? text : `http://${text}`
  return URL.canParse(address) ? new URL(address) : undefined
}
