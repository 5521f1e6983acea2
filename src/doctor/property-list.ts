/** A value of a property list. Numbers, dates and data are text, because no check needs more. */
export type PropertyList = string | boolean | readonly PropertyList[] | PropertyDictionary

/** A dictionary of a property list. */
export type PropertyDictionary = ReadonlyMap<string, PropertyList>

/** One XML tag, or the text up to the next one. */
type Token = { readonly text: string } | { readonly tag: string; readonly kind: 'open' | 'close' | 'empty' }

// Real property lists have three or four levels.
const deepest = 50

/** Parses an XML property list, as Xcode writes it. Returns undefined for anything else, or if it is truncated. */
export function parsePropertyList(xml: string): PropertyList | undefined {
  const tokens = tokensOf(xml)
  const begin = tokens.findIndex((token) => 'tag' in token && token.tag === 'plist' && token.kind === 'open')
  if (begin < 0) return undefined
  let position = begin + 1

  const take = (): Token | undefined => tokens[position++]
  const takeTag = (): Exclude<Token, { readonly text: string }> | undefined => {
    for (;;) {
      const token = take()
      if (token === undefined || 'tag' in token) return token
      if (token.text.trim() !== '') return undefined
    }
  }
  const textUntil = (tag: string): string | undefined => {
    const token = take()
    if (token === undefined) return undefined
    if ('tag' in token) return token.tag === tag && token.kind === 'close' ? '' : undefined
    const end = take()
    return end !== undefined && 'tag' in end && end.tag === tag && end.kind === 'close'
      ? unescaped(token.text)
      : undefined
  }
  const value = (token: Token | undefined, depth: number): PropertyList | undefined => {
    if (token === undefined || 'text' in token || token.kind === 'close' || depth > deepest) return undefined
    const { tag, kind } = token
    if (tag === 'true' || tag === 'false')
      return kind === 'empty' || takeTag()?.tag === tag ? tag === 'true' : undefined
    if (tag === 'dict') return kind === 'empty' ? new Map() : dictionary(depth + 1)
    if (tag === 'array') return kind === 'empty' ? [] : list(depth + 1)
    return kind === 'empty' ? '' : textUntil(tag)
  }
  const list = (depth: number): PropertyList | undefined => {
    const items: PropertyList[] = []
    for (;;) {
      const token = takeTag()
      if (token?.tag === 'array' && token.kind === 'close') return items
      const item = value(token, depth)
      if (item === undefined) return undefined
      items.push(item)
    }
  }
  const dictionary = (depth: number): PropertyDictionary | undefined => {
    const members = new Map<string, PropertyList>()
    for (;;) {
      const token = takeTag()
      if (token?.tag === 'dict' && token.kind === 'close') return members
      if (token?.tag !== 'key') return undefined
      const key = value(token, depth)
      const member = value(takeTag(), depth)
      if (typeof key !== 'string' || member === undefined) return undefined
      members.set(key, member)
    }
  }
  return value(takeTag(), 0)
}

function tokensOf(xml: string): readonly Token[] {
  return [...withoutComments(xml).matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>|[^<]+/g)].map(
    ([text, closing, tag, empty]) =>
      tag === undefined ? { text } : { tag, kind: closing === '/' ? 'close' : empty === '/' ? 'empty' : 'open' },
  )
}

function withoutComments(xml: string): string {
  const [first = '', ...others] = xml.split('<!--')
  return first + others.map((part) => part.slice(part.indexOf('-->') + 3)).join('')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '')
}
