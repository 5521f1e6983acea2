/**
 * Returns whether any object in a JSON text repeats a member name (RFC 7519 section 4); JSON.parse would keep the last
 * one. The text must be valid JSON.
 */
export function hasDuplicateMembers(json: string): boolean {
  const seen: (Set<string> | undefined)[] = []
  let expectName = false
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '{') {
      seen.push(new Set())
      expectName = true
    } else if (character === '[') {
      seen.push(undefined)
      expectName = false
    } else if (character === '}' || character === ']') {
      seen.pop()
      expectName = false
    } else if (character === ',') {
      expectName = seen.at(-1) !== undefined
    } else if (character === '"') {
      const end = endOfString(json, at)
      if (expectName) {
        // Parsed, because "a" and "\u0061" are the same name.
        const name = JSON.parse(json.slice(at, end + 1)) as string
        const names = seen.at(-1)
        if (names?.has(name) === true) return true
        names?.add(name)
        expectName = false
      }
      at = end
    }
  }
  return false
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
