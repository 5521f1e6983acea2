import { authorizationFailure } from '../authorization-response.ts'
import { malformed, missing } from './checked-code.ts'
import {
  codeNames,
  isPhoneName,
  isShortened,
  markNames,
  namedRedirectUri,
  originByMarks,
  type Reading,
} from './reading.ts'

// The parameters that a server adds to a redirect URI: RFC 6749 section 4.1.2, RFC 9207, OpenID Connect and Google.
const responseNames = new Set<string>([
  ...codeNames,
  ...markNames,
  'session_state',
  'error',
  'error_description',
  'error_uri',
  'error_subtype',
  'id_token',
  'access_token',
  'token_type',
  'expires_in',
])

/** Returns whether a redirect URI leads to this machine, as that of a desktop program does (RFC 8252 section 7.3). */
export function isLoopback(redirectUri: string): boolean {
  return /^https?:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?:[:/?]|$)/i.test(redirectUri)
}

/**
 * Returns what an address says: an authorization response at a redirect URI, an authorization request, or a token
 * request.
 * @throws Failure `code_malformed` if only an app can use the code, or the address has two
 */
export function readAddress(address: string, shape: string): Reading {
  if (!URL.canParse(address)) return { codes: [], failures: [malformed('it looks like a URL but is not valid')] }
  const url = new URL(address)
  const query = url.searchParams
  const hash = url.hash.replace(/^#(?:[^?]{0,2000}\?)?/, '')
  const parameters = hasResponse(query) || !hasResponse(new URLSearchParams(hash)) ? query : new URLSearchParams(hash)
  if (/^com\.googleusercontent\.apps\./i.test(url.protocol) && hasResponse(parameters))
    throw malformed(
      'it is a redirect to an iOS or Android client, and only that app can use its code; the app must request a serverAuthCode instead',
    )
  const reading = withBothParts(readParameters(parameters, shape), parameters === query ? hash : url.search)
  // A request has the redirect URI in it; it is not sent to it.
  if (['grant_type', 'client_secret', 'response_type', 'redirect_uri'].some((name) => parameters.has(name)))
    return reading
  const isRouted = parameters !== query && /^#[^?=&]{1,2000}\?/.test(url.hash)
  const base = withoutResponse(address)
  const isUsable = !isRouted && !isRedirector(url) && !isShortened(base)
  const target = isRedirector(url) ? url.searchParams.get('url') : isRouted ? base : null
  return {
    ...reading,
    codes: reading.codes.map((code) =>
      code.name === 'code'
        ? { ...code, from: 'redirect', isSure: true, redirectUri: isUsable ? base : undefined }
        : code,
    ),
    candidates: target === null ? [] : [withoutResponse(target)],
  }
}

/** Returns a reading with the code of the other part of an address: a query and a fragment may both have one. */
function withBothParts(reading: Reading, part: string): Reading {
  const value = new URLSearchParams(part.replace(/^[?#]/, '')).get('code')
  return value === null ? reading : { ...reading, codes: [...reading.codes, { value, name: 'code', shape: 'a URL' }] }
}

/** Returns whether an address is a safe link, or of another service that leads to an address; no code is sent there. */
function isRedirector({ hostname, pathname }: URL): boolean {
  return (
    /(?:^|\.)(?:safelinks\.protection\.outlook\.com|urldefense\.\w{2,10}|urldefense\.proofpoint\.com|slack-redir\.net)$/i.test(
      hostname,
    ) ||
    (/^(?:www\.google\.\w{2,3}|lm?\.facebook\.com|www\.linkedin\.com)$/i.test(hostname) &&
      /^\/(?:url|l\.php|redir)/.test(pathname))
  )
}

/** Returns what the parameters of an address or a form say. @throws Failure `code_malformed` if there are two codes */
export function readParameters(parameters: URLSearchParams, shape: string): Reading {
  const error = parameters.get('error')
  const names = codeNames.filter((one) => parameters.has(one))
  const [name] = names
  const redirectUris = parameters.getAll('redirect_uri').map((value) => namedRedirectUri(value) ?? value)
  if (error !== null)
    return { codes: [], failures: [authorizationFailure({ error, description: parameters.get('error_description') })] }
  if (name === undefined) {
    const others = [...new Set(parameters.keys())].filter((key) => /^\w{1,30}$/.test(key)).slice(0, 8)
    const found = `there is no code among ${others.join(', ') || 'its parameters'}`
    return { codes: [], redirectUris, failures: [missing(found)] }
  }
  const values = parameters.getAll(name)
  if (values.length > 1) throw malformed('it contains two codes')
  const marks = markNames.filter((mark) => parameters.has(mark)).map((mark) => ({ name: mark }))
  const codes = names.map((one) => {
    const origin = isPhoneName(one) ? ({ from: 'phone' } as const) : originByMarks(marks)
    return { value: parameters.get(one) ?? '', name: one, shape, ...origin }
  })
  return { codes, redirectUris }
}

function hasResponse(parameters: URLSearchParams): boolean {
  return [...codeNames, 'error'].some((name) => parameters.has(name))
}

/** Returns an address up to the parameters of the response; a redirect URI may have parameters of its own before. */
function withoutResponse(address: string): string {
  const [, base = address, query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(address) ?? []
  const parts = query.split('&')
  const first = parts.findIndex((part) => part === '' || responseNames.has(part.replace(/=.*$/s, '')))
  const own = parts.slice(0, first === -1 ? parts.length : first).join('&')
  return own === '' ? base : `${base}?${own}`
}
