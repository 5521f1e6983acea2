/** The parts of an HTML form that a browser needs to submit it. */
export interface HtmlForm {
  readonly action: string
  readonly method: string
  readonly fields: readonly FormField[]
}

/** An input, a button, or one option of a select. */
export interface FormField {
  readonly type: string
  readonly name: string
  readonly value: string
  readonly checked: boolean
  readonly attributes: ReadonlyMap<string, string>
}

const attributePattern = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g

const named = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }))

/** Returns all forms of a page, with their fields in page order. */
export function parseForms(html: string): readonly HtmlForm[] {
  const visible = html.replace(/<!--[^]*?-->|<(script|style)\b[^]*?<\/\1\s*>/gi, '')
  const forms: HtmlForm[] = []
  let fields: FormField[] | undefined
  let selectName = ''
  for (const [, closing, tagName = '', rest = ''] of visible.matchAll(
    /<(\/?)(form|input|button|select|option|textarea)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi,
  )) {
    const tag = tagName.toLowerCase()
    if (closing) {
      if (tag === 'form') fields = undefined
      continue
    }
    const attributes = parseAttributes(rest)
    if (tag === 'form') {
      const [action, method] = [attributes.get('action') ?? '', attributes.get('method')?.toLowerCase() ?? 'get']
      fields = []
      forms.push({ action, method, fields })
    } else if (tag === 'select') selectName = attributes.get('name') ?? ''
    else fields?.push(readField(tag, attributes, selectName))
  }
  return forms
}

function readField(tag: string, attributes: ReadonlyMap<string, string>, selectName: string): FormField {
  const isOption = tag === 'option'
  const defaultType = tag === 'button' ? 'submit' : isOption ? 'option' : 'text'
  const type = isOption ? 'option' : (attributes.get('type')?.toLowerCase() ?? defaultType)
  return {
    type,
    name: isOption ? selectName : (attributes.get('name') ?? ''),
    value: attributes.get('value') ?? (type === 'checkbox' || type === 'radio' ? 'on' : ''),
    checked: attributes.has('checked') || attributes.has('selected'),
    attributes,
  }
}

function parseAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single, bare] of text.matchAll(attributePattern)) {
    const key = name.toLowerCase()
    if (!attributes.has(key)) attributes.set(key, decodeEntities(double ?? single ?? bare ?? ''))
  }
  return attributes
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      const codePoint = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : Number.NaN
      if (codePoint <= 0x10ffff) return String.fromCodePoint(codePoint)
      return (name && named.get(name.toLowerCase())) ?? whole
    },
  )
}
