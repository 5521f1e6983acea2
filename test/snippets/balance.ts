/**
 * Returns what is unbalanced in a Kotlin or Swift text: an unclosed bracket, string or comment; undefined if nothing
 * is. No compiler for them is available, and this finds what a slip in a template breaks first.
 */
export function unbalanced(text: string): string | undefined {
  const open: string[] = []
  let index = 0
  const at = (): string => `line ${text.slice(0, index).split('\n').length}`
  while (index < text.length) {
    const rest = text.slice(index)
    const inString = open.at(-1) === '"'
    if (inString) {
      // Both languages: code inside a string extends to its closing bracket.
      const interpolation = /^(?:\\\(|\$\{)/.exec(rest)
      if (interpolation !== null) open.push(interpolation[0].at(-1) ?? '')
      else if (rest.startsWith('"')) open.pop()
      else if (rest.startsWith('\n')) return `${at()}: the string does not end`
      index += interpolation?.[0].length ?? (rest.startsWith('\\') ? 2 : 1)
      continue
    }
    const skipped = /^(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)
    if (skipped !== null) {
      index += skipped[0].length
      continue
    }
    const character = rest.charAt(0)
    if (rest.startsWith('/*')) return `${at()}: the comment does not end`
    if ('([{"'.includes(character)) open.push(character)
    else if (')]}'.includes(character)) {
      const opened = open.pop()
      if (opened !== { ')': '(', ']': '[', '}': '{' }[character])
        return `${at()}: ${character} after ${opened ?? 'nothing'}`
    }
    index++
  }
  return open.length === 0 ? undefined : `the end: ${open.join(' ')} left open`
}
