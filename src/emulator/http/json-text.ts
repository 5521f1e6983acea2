/** Returns JSON as the APIs behind googleapis.com write it, indented by two or compact: angle brackets are escaped. */
export function jsonText(value: unknown, indent: 2 | 0): string {
  const text = JSON.stringify(value, null, indent)
  return /[<>]/.test(text) ? text.replaceAll('<', String.raw`\u003c`).replaceAll('>', String.raw`\u003e`) : text
}
