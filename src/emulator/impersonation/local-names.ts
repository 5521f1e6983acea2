import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { matchesNoProxy } from '../../core/no-proxy.ts'
import { googleHosts } from './google-hosts.ts'

/** A list against advertising has thousands of names, too many for a variable. */
const most = 100

/** Returns the names of this machine, which programs reach without the proxy: it connects nobody to this machine. */
export function localNames(hostsFile = readHostsFile()): readonly string[] {
  const named = hostsFile.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    return /^(?:127\.|::1$)/.test(address) ? names : []
  })
  const added = named.length > most ? [] : named.filter((name) => /^[\w.-]+$/.test(name) && !includesGoogle(name))
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...added])]
}

/** Returns whether the name is Google's in NO_PROXY, where it includes its subdomains. */
function includesGoogle(name: string): boolean {
  return googleHosts.some((host) => matchesNoProxy(name, host))
}

function readHostsFile(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8')
  } catch {
    return ''
  }
}
