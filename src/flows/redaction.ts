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
  let pattern: RegExp | undefined
  const cleanText = (text: string): string => (pattern === undefined ? text : text.replace(pattern, '[redacted]'))
  const clean = (data: unknown): unknown => {
    if (typeof data === 'string') return cleanText(data)
    if (Array.isArray(data)) return data.map(clean)
    if (typeof data !== 'object' || data === null) return data
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, clean(value)]))
  }
  return {
    learn(secrets) {
      const before = forms.size
      for (const secret of secrets)
        if (secret.length >= shortestSecret) for (const form of formsOf(secret)) forms.add(form)
      if (forms.size === before) return
      // The longest first: one form may contain another.
      const longestFirst = [...forms].toSorted((a, b) => b.length - a.length)
      pattern = new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'gi')
    },
    clean: (data) => clean(data) as typeof data,
  }
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
