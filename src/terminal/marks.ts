import type { Environment } from '../core/environment.ts'

const inAscii: readonly (readonly [RegExp, string])[] = [
  [/…/g, '...'],
  [/✓/g, '+'],
  [/✗/g, 'x'],
  [/[–·]/g, '-'],
  [/→/g, '->'],
  [/[“”„«»]/g, '"'],
  [/[‘’‚´]/g, "'"],
]

/**
 * Returns whether the terminal's locale can show more than ASCII. A locale that is not set, as in containers and CI,
 * says nothing about the terminal, and practically every one shows UTF-8; Windows consoles always do.
 */
export function showsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return true
  // POSIX.1-2017 section 8.2: the first of these that is not empty.
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '')
  // The font of the Linux console has no check mark.
  return TERM !== 'linux' && (locale === undefined || /utf-?8/i.test(locale))
}

/** Returns a text with its marks and quotation marks in ASCII. Letters stay: they belong to names. */
export function marksInAscii(text: string): string {
  return inAscii.reduce((left, [mark, ascii]) => left.replace(mark, ascii), text)
}
