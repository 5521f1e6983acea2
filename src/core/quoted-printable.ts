// A reply may have put its marks before each line.
const softBreak = /=[ \t]{0,9}\n(?:[ \t]{0,20}(?:>[ \t]?){1,9})?/g

/** Returns a text without soft line breaks, for a mail whose equals signs are already decoded. */
export function withoutSoftBreaks(text: string): string {
  return text.replace(softBreak, '')
}

/**
 * Returns the text of a mail as its author wrote it (RFC 2045 section 6.7): without soft line breaks, and with every
 * `=XX` decoded. Only for a text that is quoted-printable: others have equals signs, too. Expects an outsideText.
 */
export function quotedPrintableText(text: string): string {
  return withoutSoftBreaks(text).replace(/=([2-7][\dA-F])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** Returns {@link quotedPrintableText} if each equals sign in a text is `=3D`, or any other text unchanged. */
export function withoutQuotedPrintable(text: string): string {
  return /=(?:\n)?3(?:=\n)?D/i.test(text) ? quotedPrintableText(text) : text
}
