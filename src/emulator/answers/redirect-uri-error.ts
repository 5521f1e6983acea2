import type { EmulatorClient } from '../records/built-in.ts'
import { loopbackHosts } from '../records/registered-redirect-uri.ts'
import { storageRelayOf } from '../records/storage-relay.ts'
import { type AuthorizationError, mismatchHelpUrl, policyHelpUrl } from './authorization-error.ts'
import { javascriptOriginError } from './javascript-origin-error.ts'

const outOfBandBlocked =
  'The out-of-band (OOB) flow has been blocked in order to keep users secure. Follow the Out-of-Band (OOB) flow migration guide linked in the developer docs below to migrate your app to an alternative method.'
const outOfBand = /^(?:urn:ietf:wg:oauth:2\.0:oob(?::auto)?|oob)$/
const privateAddress = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)/

/** Returns the problem with the redirect URI of an authorization request (evidence B2), or undefined if it is valid. */
export function redirectUriError(client: EmulatorClient, redirectUri: string): AuthorizationError | undefined {
  const details = [{ name: 'redirect_uri', value: redirectUri }]
  if (outOfBand.test(redirectUri)) return { ...invalidRequest(outOfBandBlocked), details }
  const uri = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (uri === undefined)
    return badValue(`${/^[a-z][a-z\d+.-]*:/i.test(redirectUri) ? 'Invalid URI' : 'Missing scheme'}: ${redirectUri}`)
  if (redirectUri.includes('#')) return badValue(`Fragment not allowed: ${redirectUri}`)
  const relay = storageRelayOf(redirectUri)
  if (relay !== undefined)
    return client.type === 'web'
      ? javascriptOriginError(client, relay.origin)
      : invalidRequest("Storagerelay URI is not allowed for 'NATIVE_DESKTOP' client type.")
  const overHttp = uri.protocol === 'http:' || uri.protocol === 'https:'
  return client.type === 'web'
    ? webError(client, uri, redirectUri, overHttp, details)
    : nativeError(client, uri, overHttp, details)
}

/**
 * Checks a web client's redirect URI: it must equal a registered one, and use https unless it points to this machine.
 */
function webError(
  client: EmulatorClient,
  uri: URL,
  redirectUri: string,
  overHttp: boolean,
  details: AuthorizationError['details'],
): AuthorizationError | undefined {
  if (!overHttp) return invalidRequest("Custom scheme URIs are not allowed for 'WEB' client type.")
  if (client.redirectUris?.includes(redirectUri)) return undefined
  if (loopbackHosts.has(uri.hostname)) return mismatchError(details)
  if (privateAddress.test(uri.hostname))
    return invalidRequest(`device_id and device_name are required for private IP: ${redirectUri}`)
  return uri.protocol === 'http:' ? policyError(details) : mismatchError(details)
}

/**
 * Checks an installed client's redirect URI: desktop clients may use loopback with any port and path; limited-input
 * clients have none.
 */
function nativeError(
  client: EmulatorClient,
  uri: URL,
  overHttp: boolean,
  details: AuthorizationError['details'],
): AuthorizationError | undefined {
  const loopback = uri.protocol === 'http:' && loopbackHosts.has(uri.hostname) && uri.username === ''
  if (loopback && client.type === 'desktop') return undefined
  if (loopback) {
    return invalidRequest(
      'The loopback flow has been blocked in order to keep users secure. Follow the Loopback IP address flow migration guide linked in the developer docs below to migrate your app to an alternative method.',
    )
  }
  if (!overHttp) return invalidRequest("Custom scheme URIs are not allowed for 'NATIVE_DESKTOP' client type.")
  return uri.protocol === 'http:' ? policyError(details) : mismatchError(details)
}

function invalidRequest(description: string): AuthorizationError {
  return { code: 'invalid_request', status: 400, description }
}

function badValue(description: string): AuthorizationError {
  return invalidRequest(`Invalid parameter value for redirect_uri: ${description}`)
}

function policyError(details: AuthorizationError['details']): AuthorizationError {
  const description =
    "\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy for keeping apps secure.\n\nYou can let the app developer know that this app doesn't comply with one or more Google validation rules.\n  "
  return { ...invalidRequest(description), helpUrl: policyHelpUrl, ...(details === undefined ? {} : { details }) }
}

function mismatchError(details: AuthorizationError['details']): AuthorizationError {
  const description =
    "\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy.\n\nIf you're the app developer, register the redirect URI in the Google Cloud Console.\n  "
  return {
    code: 'redirect_uri_mismatch',
    status: 400,
    description,
    helpUrl: mismatchHelpUrl,
    ...(details === undefined ? {} : { details }),
  }
}
