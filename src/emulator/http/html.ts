import { escapeHtml } from '../../core/escape-html.ts'

/** Escapes an address for HTML, so that narrow pages break it after a slash rather than inside a word. */
export function breakableHtml(address: string): string {
  return escapeHtml(address).replace(/\/(?=[^/])/g, '/<wbr>')
}
