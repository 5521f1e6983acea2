import { isIPv6 } from 'node:net'
import { withoutBrackets } from './without-brackets.ts'

/** Returns the entries of NO_PROXY: commas or blanks separate them. */
export function noProxyEntries(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((entry) => entry !== '')
}

/**
 * Returns whether an entry of NO_PROXY matches a host: `*`, or a name, which includes its subdomains, with or without a
 * leading dot or `*.`. A name may have a port. IPv6 addresses may have brackets.
 * @param port of the host; without it, an entry for any port matches
 */
export function matchesNoProxy(entry: string, host: string, port?: number): boolean {
  if (entry === '*') return true
  const [, written = '', ofPort] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? []
  const name = withoutBrackets(written.toLowerCase())
  const named = withoutBrackets(host.toLowerCase())
  const isNamed = name !== '' && (named === name || named.endsWith(`.${name}`))
  return isNamed && (ofPort === undefined || port === undefined || Number(ofPort) === port)
}
