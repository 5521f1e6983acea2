import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A text as people paste it, and its expected diagnosis. */
interface PastedText {
  readonly name: string
  readonly text: string
  /** The code of the failure (`expect:` above the text). */
  readonly code: string
  /** The words that the cause must contain (`shows:`), if any. */
  readonly shows: string
}

const contentOf = (folder: string): { name: string; content: string }[] =>
  readdirSync(join(import.meta.dirname, folder)).map((name) => ({
    name,
    content: readFileSync(join(import.meta.dirname, folder, name), 'utf8'),
  }))

/** The texts in pasted/. */
export const pastedTexts: readonly PastedText[] = contentOf('pasted').map(({ name, content }) => {
  const end = content.indexOf('---\n')
  const field = (label: string): string => new RegExp(`^${label}: (.+)$`, 'm').exec(content.slice(0, end))?.[1] ?? ''
  return { name, text: content.slice(end + 4), code: field('expect'), shows: field('shows') }
})

/** Texts from other systems. */
export const foreignTexts: readonly { readonly name: string; readonly content: string }[] = contentOf('foreign')
