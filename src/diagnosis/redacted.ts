import { looksRandom, replaceLabelled, secretShapes } from '../failures/secret-shapes.ts'

/**
 * Replaces everything that looks like a secret, or is named as one, by its kind. The kind matters: a refresh token sent
 * as a code is a failure of its own.
 */
export function redacted(text: string): string {
  const marked = secretShapes.reduce((left, [shape, kind]) => left.replace(shape, `[${kind}]`), text)
  const schemes = marked.replace(/\b(Bearer|Basic) [\w.~+/=-]{8,}/g, '$1 [secret]')
  return replaceLabelled(schemes, () => '[secret]').replace(/[\w.~-]{20,}/g, (word) =>
    looksRandom(word) ? '[secret]' : word,
  )
}
