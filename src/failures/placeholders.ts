const lists = new Set([
  'registered',
  'candidates',
  'others',
  'stored',
  'ids',
  'accounts',
  'commands',
  'chosen',
  'chosenBy',
  'problems',
])

/**
 * Returns details for a row of which only the code is known, so that its cause and fix can be printed: `account` reads
 * ACCOUNT, a list has one item, and most numbers are words too.
 */
export function placeholders(): Readonly<Record<string, unknown>> {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (typeof name !== 'string') return undefined
        // Rows calculate with these.
        if (name === 'minutes') return 30
        if (name === 'seconds') return 3600
        if (name === 'retryAfterSeconds') return 60
        // Nearly all questions are about Google.
        if (name === 'page') return 'https://myaccount.google.com/connections'
        if (name === 'causes') return []
        if (name === 'moved' || name === 'kept') return 0
        if (name === 'refusal') return null
        if (/^is[A-Z]/.test(name)) return false
        const word = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
        return lists.has(name) ? [word] : word
      },
    },
  )
}
