import { randomBytes } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { Secret } from '../core/secret.ts'
import { withoutBrackets } from '../core/without-brackets.ts'
import { isLoopbackLiteral } from '../http/url-rule.ts'

/** The addresses of a backend: where it listens, and how apps reach it. */
export interface Reach {
  /** The host to pass to `listen`. */
  readonly host: string
  readonly isOpenToNetwork: boolean
  /** The addresses that apps may use, the simplest first; IPv6 without brackets. */
  readonly addresses: readonly string[]
  /** The names of this machine, besides `localhost`. */
  readonly names: readonly string[]
}

/**
 * Resolves a listening address: loopback, one address of this machine, or all of them (`0.0.0.0`, `::`).
 */
export function reachOf(named: string): Reach {
  if (named === 'localhost') return { host: named, isOpenToNetwork: false, addresses: ['127.0.0.1'], names: [] }
  const host = withoutBrackets(named)
  if (isLoopbackLiteral(host.includes(':') ? `[${host}]` : host))
    return { host, isOpenToNetwork: false, addresses: [host], names: [] }
  const name = hostname().toLowerCase()
  const isEverywhere = host === '0.0.0.0' || host === '::'
  return {
    host,
    isOpenToNetwork: true,
    addresses: isEverywhere ? ownAddresses() : [host.toLowerCase()],
    // Requests by name must use one of this machine's names. It announces the .local name itself.
    names: [...new Set([...(isEverywhere ? [] : [host.toLowerCase()]), name, `${name.replace(/\.local$/, '')}.local`])],
  }
}

function ownAddresses(): readonly string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
  return addresses.length > 0 ? addresses : ['127.0.0.1']
}

/**
 * Returns a token that a user can type into an app: 80 random bits as unambiguous letters and digits.
 */
export function newPairingToken(): Secret {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const characters = [...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('')
  return new Secret(characters.replace(/.{4}(?=.)/g, '$&-'))
}
