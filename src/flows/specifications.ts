import type { Specification } from './flow.ts'

/** Returns a section of an RFC. */
export function rfc(number: number, section: string): Specification {
  return {
    name: `RFC ${number} section ${section}`,
    url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
  }
}

/** Returns a section of OpenID Connect Core 1.0; the anchor is its name in the document. */
export function openIdCore(section: string, anchor: string): Specification {
  return {
    name: `OpenID Connect Core section ${section}`,
    url: `https://openid.net/specs/openid-connect-core-1_0.html#${anchor}`,
  }
}

/** Returns a page of Google's documentation for developers. */
export function googlePage(name: string, path: string): Specification {
  return { name: `Google: ${name}`, url: `https://developers.google.com/${path}` }
}
