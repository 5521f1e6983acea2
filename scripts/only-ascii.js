import { parseSync, Visitor } from 'rolldown/utils'
import { decode, encode } from './line-breaks.js'

/**
 * Returns minified code with escapes in place of characters other than ASCII, and its source map with the columns that
 * result. One other character makes V8 use two bytes for each character of a file, and the garbage collector copies
 * them.
 */
export function withOnlyAscii(fileName, code, map) {
  const places = otherCharacters(fileName, code)
  let at = 0
  const parts = places.map((place) => {
    const part = code.slice(at, place) + escaped(code, place)
    at = place + 1
    return part
  })
  const ascii = parts.join('') + code.slice(at)
  return map === undefined ? { code: ascii } : { code: ascii, map: { ...map, mappings: moved(code, places, map) } }
}

/** Returns where the characters are. Throws if one is in a tagged template, because its tag can read the escape. */
function otherCharacters(fileName, code) {
  const places = [...code.matchAll(/[^\0-\x7f]/g)].map(({ index }) => index)
  if (places.length === 0) return places
  const visitor = new Visitor({
    TaggedTemplateExpression({ quasi: { start, end } }) {
      const text = code.slice(start, end)
      if (/[^\0-\x7f]/.test(text)) throw new Error(`${fileName}: write only ASCII in ${text}`)
    },
  })
  visitor.visit(parseSync(fileName, code).program)
  return places
}

function escaped(code, place) {
  if (/(?<!\\)(?:\\\\)*\\$/.test(code.slice(0, place))) throw new Error(`a backslash before ${code.charAt(place)}`)
  return `\\u${code.charCodeAt(place).toString(16).padStart(4, '0')}`
}

const added = '\\u0000'.length - 1

/** Returns the mappings; the first segment of each line has the column, every other the distance from it. */
function moved(code, places, { mappings }) {
  const left = [...places]
  let lineStart = 0
  const lines = code.split('\n').map((line, index) => {
    let column = lineStart
    const segments = (mappings.split(';')[index] ?? '').split(',').map((segment) => {
      if (segment === '') return ''
      const [distance, length] = decode(segment)
      column += distance
      let before = 0
      for (; left.length > 0 && left[0] < column; before++) left.shift()
      return encode(distance + before * added) + segment.slice(length)
    })
    lineStart += line.length + 1
    while (left.length > 0 && left[0] < lineStart) left.shift()
    return segments.join(',')
  })
  return lines.join(';')
}
