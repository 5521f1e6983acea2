import { parseSync } from 'rolldown/utils'

/**
 * Returns minified code with a line break after each statement and declaration of the program's body, and its source
 * map with the positions that result. An uncaught error prints the line of its place, so that a line must be short.
 */
export function withLineBreaks(fileName, code, map) {
  const { body } = parseSync(fileName, code).program
  const ends = body
    .flatMap((statement) => (statement.type === 'VariableDeclaration' ? statement.declarations : [statement]))
    // After the comma or semicolon behind it.
    .map(({ end }) => (/[,;]/.test(code.charAt(end)) ? end + 1 : end))
    .filter((end) => end < code.length && code.charAt(end) !== '\n')
  const broken = pieces(code, ends).join('\n')
  return map === undefined ? { code: broken } : { code: broken, map: { ...map, mappings: mapped(code, ends, map) } }
}

function pieces(text, ends) {
  return [0, ...ends].map((start, index) => text.slice(start, ends[index]))
}

/** Returns the mappings; the first segment of each line has the column, every other the distance from it. */
function mapped(code, ends, { mappings }) {
  let lineStart = 0
  const left = [...ends]
  const lines = code.split('\n').map((line, index) => {
    const lineEnd = lineStart + line.length
    let pieceStart = lineStart
    let column = lineStart
    let last = lineStart
    const parts = [[]]
    for (const segment of (mappings.split(';')[index] ?? '').split(',')) {
      if (segment === '') continue
      const [distance, length] = decode(segment)
      column += distance
      while (left.length > 0 && left[0] <= column && left[0] < lineEnd) {
        pieceStart = left.shift()
        last = pieceStart
        parts.push([])
      }
      parts.at(-1).push(encode(column - last) + segment.slice(length))
      last = column
    }
    while (left.length > 0 && left[0] < lineEnd) {
      left.shift()
      parts.push([])
    }
    lineStart = lineEnd + 1
    return parts.map((part) => part.join(',')).join(';')
  })
  return lines.join(';')
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Reads the first base64 VLQ number; returns it and its length in characters. */
export function decode(segment) {
  let value = 0
  for (let at = 0; ; at++) {
    const digit = digits.indexOf(segment.charAt(at))
    value += (digit & 31) << (5 * at)
    if (digit < 32) return [value & 1 ? -(value >> 1) : value >> 1, at + 1]
  }
}

/** Writes a number that is not negative as base64 VLQ. */
export function encode(number) {
  let rest = number * 2
  let text = ''
  while (rest >= 32) {
    text += digits.charAt((rest & 31) | 32)
    rest >>= 5
  }
  return text + digits.charAt(rest)
}
