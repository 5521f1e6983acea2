// A reply may have put its marks before each line.
const softBreak = /=[ \t]{0,9}\n(?:[ \t]{0,20}(?:>[ \t]?){1,9})?/g

/** Returns a text without soft line breaks, for a mail whose equals signs are already decoded. */
export function withoutSoftBreaks(text: string): string {
  return text.replace(softBreak, '')
}

/**
 * Returns the text of a mail as its author wrote it (RFC 2045 section 6.7): without soft line breaks, and with every
 * `=XX` decoded. Returns any other text unchanged. In quoted-printable, each equals sign is `=3D`. Expects an
 * outsideText.
 */
export function withoutQuotedPrintable(text: string): string {
  if (!/=(?:\n)?3(?:=\n)?D/i.test(text)) return text
  return withoutSoftBreaks(text).replace(/=([2-7][\dA-F])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
