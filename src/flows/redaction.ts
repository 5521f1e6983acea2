/** Removes secrets from what is shown, wherever and however a server repeats them. */
export interface Redaction {
  readonly learn: (secrets: readonly string[]) => void
  /** Returns plain JSON data without the secrets that were learned until now. */
  readonly clean: <Data>(data: Data) => Data
}

// Shorter ones occur in any text.
const shortestSecret = 8

/** Returns a redaction that knows no secret yet. */
export function createRedaction(): Redaction {
  const forms = new Set<string>()
  const cleanText = (text: string): string => {
    if (text.length < shortestSecret) return text
    // Searching for each form is much faster than one expression for all of them, and almost no text has any.
    const lower = text.toLowerCase()
    const found = [...forms].filter((form) => lower.includes(form))
    return found.length === 0 ? text : text.replace(anyOf(found), '[redacted]')
  }
  const clean = (data: unknown): unknown => {
    if (typeof data === 'string') return cleanText(data)
    if (Array.isArray(data)) return data.map(clean)
    if (typeof data !== 'object' || data === null) return data
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, clean(value)]))
  }
  return {
    learn(secrets) {
      for (const secret of secrets)
        if (secret.length >= shortestSecret) for (const form of formsOf(secret)) forms.add(form.toLowerCase())
    },
    clean: (data) => clean(data) as typeof data,
  }
}

function anyOf(texts: readonly string[]): RegExp {
  // The longest first: one form may contain another.
  const longestFirst = texts.toSorted((one, other) => other.length - one.length)
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'gi')
}

/** Returns a secret as it may occur in an address, a form, JSON, base64 or hex. Letter case does not matter. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const encoded = encodeURIComponent(secret)
  return [
    secret,
    encoded,
    encodeURIComponent(encoded),
    new URLSearchParams({ '': secret }).toString().slice(1),
    secret.replaceAll('/', '\\/'),
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ]
}
