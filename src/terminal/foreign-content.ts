import { safeLines } from '../core/safe-to-print.ts'
import { Failure } from '../failures/index.ts'

const control = /[^\P{Cc}\n\r\t]/u

/**
 * Returns what makes the pieces of a foreign text safe to print on a terminal, one after the other. Bytes that are no
 * UTF-8 and control characters are refused, as curl does, and characters that hide or reorder text are escaped. No
 * piece means the end, which must not be within a character.
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
