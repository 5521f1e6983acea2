import { randomBytes } from 'node:crypto'
import { Failure } from '../failures/index.ts'
import type { OAuthClient } from './client.ts'

/**
 * Returns a redirect URI for one request of a desktop client, which may use any port and path of 127.0.0.1 (RFC 8252
 * section 7.3).
 */
export function freshRedirectUri(port: number): string {
  return `http://127.0.0.1:${port}/${randomBytes(16).toString('base64url')}`
}

/**
 * Returns the registered redirect URI for this local port, unchanged, because the server compares strings; port 0 picks
 * the first local one. Returns undefined for a desktop client, which needs none.
 * @throws Failure `loopback_redirect_uri_missing`
 */
export function registeredRedirectUri(client: OAuthClient, port: number): string | undefined {
  if (client.type === 'installed') return undefined
  const chosen = loopbackRedirectUris(client).find((uri) => port === 0 || portOf(uri) === port)
  if (chosen !== undefined) return chosen
  throw new Failure('loopback_redirect_uri_missing', {
    registered: client.redirectUris,
    port,
    wanted: `http://127.0.0.1:${port === 0 ? 8080 : port}/oauth2callback`,
  })
}

/** Returns a client's registered redirect URIs that lead to this machine. */
export function loopbackRedirectUris(client: OAuthClient): readonly string[] {
  return client.redirectUris.filter((uri) => {
    if (!URL.canParse(uri)) return false
    const { protocol, hostname } = new URL(uri)
    return protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname)
  })
}

/** Returns a redirect URI's port. */
export function portOf(redirectUri: string): number {
  return Number(new URL(redirectUri).port || 80)
}
