import { looksRandom, replaceLabelled, secretShapes } from '../failures/secret-shapes.ts'

/**
 * Returns a text in which what looks like a secret, or is called one, was replaced by what it is. The marks matter:
 * that a refresh token was sent as a code is a failure of its own.
 */
export function redacted(text: string): string {
  const marked = secretShapes.reduce((left, [shape, kind]) => left.replace(shape, `[${kind}]`), text)
  const schemes = marked.replace(/\b(Bearer|Basic) [\w.~+/=-]{8,}/g, '$1 [secret]')
  return replaceLabelled(schemes, () => '[secret]').replace(/[\w.~-]{20,}/g, (word) =>
    looksRandom(word) ? '[secret]' : word,
  )
}
