const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** An address made safe for HTML, which a narrow page breaks after a slash rather than inside a word. */
export function breakableHtml(address: string): string {
  return escapeHtml(address).replace(/\/(?=[^/])/g, '/<wbr>')
}
