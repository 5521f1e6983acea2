import { withoutStringEscapes } from './outside-text.ts'

// A path or query has no quotes, brackets or white space; a text around it often does. Of a host, only an IPv6 literal
// has brackets.
const address = /(?<![\w.+-])[a-z][a-z\d+.-]{0,80}:\/{1,3}(?:\[[\da-f:.]{2,45}\])?[^\s"'`<>[\](){}|\\^]{1,16000}/gi
const withoutScheme =
  /(?<![\w.:/@-])(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?[/?][^\s"'`<>[\](){}|\\^]{1,16000}/gi
// Mail gateways, chats and search engines wrap the addresses in what they show.
const wrappers = ['url', 'u', 'q', 'target', 'continue', 'next']
const mostAddresses = 40

/**
 * Returns the URLs in a text, in its order and each once: in a sentence, Markdown, angle brackets, a command line, JSON
 * or a log. Browsers omit `http://` when only part of an address is copied; it is added for addresses of this machine.
 * A URL that leads through a redirecting service is returned as the one that it leads to. Expects an
 * {@link outsideText}.
 */
export function addressesIn(text: string): readonly string[] {
  const plain = withoutStringEscapes(text)
  const found = [...plain.matchAll(address), ...plain.matchAll(withoutScheme)]
    .toSorted((a, b) => a.index - b.index)
    .slice(0, mostAddresses)
    .map(([match]) => match.replace(/[.,;:!?*]{1,40}$/, ''))
    .map((match) => (/^(?:127|localhost|\[)/i.test(match) ? `http://${match}` : match))
    .map(unwrappedAddress)
  return [...new Set(found)]
}

function unwrappedAddress(match: string): string {
  if (!URL.canParse(match)) return match
  const { searchParams } = new URL(match)
  const inner = wrappers.map((name) => searchParams.get(name)).find((value) => /^https?:\/\/\S+[?&#]/.test(value ?? ''))
  return inner ?? match
}
