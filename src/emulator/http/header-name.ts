/** Returns a header name with a capital at the beginning of each word. */
export function capitalized(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
