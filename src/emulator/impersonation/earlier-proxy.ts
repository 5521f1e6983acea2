import { matchesNoProxy, noProxyEntries } from '../../core/no-proxy.ts'
import type { Target } from './tunnel.ts'

/**
 * Returns a function that finds the proxy that was configured before, if any: for hosts that are not Google's, it stays
 * in use. Lower-case names take precedence, as in curl.
 */
export function earlierProxy(
  environment: Readonly<Record<string, string | undefined>>,
): (target: Target) => URL | undefined {
  const text = environment['https_proxy'] || environment['HTTPS_PROXY'] || ''
  const address = text.includes('://') ? text : `http://${text}`
  const proxy = text !== '' && /^http:/i.test(address) && URL.canParse(address) ? new URL(address) : undefined
  const direct = noProxyEntries(environment['no_proxy'] || environment['NO_PROXY'] || '')
  return ({ host, port }) => (direct.some((entry) => matchesNoProxy(entry, host, port)) ? undefined : proxy)
}
