import { safeLines } from '../core/safe-to-print.ts'
import { Failure } from '../failures/index.ts'

const control = /[^\P{Cc}\n\r\t]/u

/**
 * Returns a function that makes untrusted text safe to print on a terminal, piece by piece. It refuses control
 * characters and bytes that are not UTF-8, as curl does, and escapes characters that hide or reorder text. Call it
 * without a piece at the end, which must not be inside a character.
 * @throws Failure `binary_on_terminal` (the function that is returned)
 */
export function terminalText(): (piece?: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (piece) => {
    let text: string
    try {
      text = decoder.decode(piece, { stream: piece !== undefined })
    } catch (error) {
      throw new Failure('binary_on_terminal', {}, { cause: error })
    }
    if (control.test(text)) throw new Failure('binary_on_terminal', {})
    return safeLines(text)
  }
}
