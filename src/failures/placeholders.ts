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
])

/**
 * Details for a row of which only the code is known: `account` reads ACCOUNT, a list has one item, and numbers are
 * words, too, so that every cause and fix can be worded.
 */
export function placeholders(): Readonly<Record<string, unknown>> {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (typeof name !== 'string') return undefined
        // A row reckons with them.
        if (name === 'minutes') return 30
        if (name === 'seconds') return 3600
        if (name === 'retryAfterSeconds') return 60
        // What is asked is nearly always about Google.
        if (name === 'page') return 'https://myaccount.google.com/connections'
        if (name === 'causes') return []
        if (name === 'refusal') return null
        if (/^is[A-Z]/.test(name)) return false
        const word = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
        return lists.has(name) ? [word] : word
      },
    },
  )
}
