import type { Failure } from '../../failures/index.ts'

/** The names of a code in requests and responses. The first two are those of the SDKs for phones. */
export const codeNames = ['serverAuthCode', 'server_auth_code', 'authCode', 'auth_code', 'code'] as const

/** The names that a redirect adds next to a code. The response of the web pop-up has all but `iss`, too. */
export const markNames = ['state', 'authuser', 'prompt', 'hd', 'iss', 'scope'] as const

/** A code in a text, with what the text says about its origin. */
export interface FoundCode {
  readonly value: string
  /** The name of the field; undefined for a code that only its form gives away. */
  readonly name?: string | undefined
  /** The kind of text around it, for people: `JSON`. */
  readonly shape: string
  readonly from?: 'phone' | 'web-popup' | 'redirect' | undefined
  /** The redirect URI, if the code was found in an address. */
  readonly redirectUri?: string | undefined
  /** The path of the request that it was found in. */
  readonly path?: string | undefined
  /** The names next to it that only a code from the web has. */
  readonly marks?: readonly string[]
  /** False if the marks may belong to something else. */
  readonly isSure?: boolean
}

/** The statements of a part of a text about a code. */
export interface Reading {
  readonly codes: readonly FoundCode[]
  /** The redirect URIs that the text names itself: empty, `postmessage` or a URI. */
  readonly redirectUris?: readonly string[]
  /** URIs that may be the redirect URI: those of a host and path without a scheme. */
  readonly candidates?: readonly string[]
  /** The failures for a text without a code, the best first. */
  readonly failures?: readonly Failure[]
}

/** Returns readings of parts as one. */
export function mergedReadings(readings: readonly Reading[]): Required<Reading> {
  return {
    codes: readings.flatMap(({ codes }) => codes),
    redirectUris: readings.flatMap(({ redirectUris = [] }) => redirectUris),
    candidates: readings.flatMap(({ candidates = [] }) => candidates),
    failures: readings.flatMap(({ failures = [] }) => failures),
  }
}

/** Returns whether a name is one that only the SDKs for Android and iOS give a code. */
export function isPhoneName(name: string): boolean {
  return /^server[_ -]?auth/i.test(name)
}

/** Returns whether an address was shortened with dots. */
export function isShortened(address: string): boolean {
  return /^[a-z][\w+.-]{1,80}:\/.*(?:…|\.{2})/i.test(address)
}

/** Returns a value as a redirect URI that a text names: empty, `postmessage`, a URN or a URL. */
export function namedRedirectUri(value: string): string | undefined {
  const plain = /^[a-z][a-z\d+.-]{0,40}%3A/i.test(value)
    ? decodeURIComponent(value.replace(/%(?![\da-f]{2})/gi, '%25'))
    : value
  if (plain === '' || plain === 'postmessage') return plain
  return /^(?:urn:|[a-z][a-z\d+.-]{1,80}:\/)/i.test(plain) && URL.canParse(plain) ? plain : undefined
}

/** Returns the origin that the names next to a code show, if any. Only scope is also in what some apps print. */
export function originByMarks(
  names: readonly { readonly name: string }[],
): Pick<FoundCode, 'from' | 'marks' | 'isSure'> {
  const marks = [...new Set(names.map(({ name }) => name))]
  return marks.length === 0 ? {} : { from: 'redirect', marks, isSure: marks.some((mark) => mark !== 'scope') }
}
