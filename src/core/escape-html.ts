const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** Escapes an address for HTML, so that narrow pages break it after a slash rather than inside a word. */
export function breakableHtml(address: string): string {
  return escapeHtml(address).replace(/(?<!\/)\/(?=[^/])/g, '/<wbr>')
}
