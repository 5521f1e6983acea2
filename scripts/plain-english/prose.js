import { parseSync, Visitor } from 'rolldown/utils'

/**
 * Returns the texts of a file that a person reads, as `{ line, text }`: a program's comments and its strings of several
 * words, or a Markdown page without its code.
 * @param {string} file
 * @param {string} source
 * @returns {{ line: number, text: string }[]}
 */
export function proseOf(file, source) {
  return file.endsWith('.md') ? proseOfPage(source) : proseOfProgram(file, source)
}

function proseOfPage(source) {
  let isCode = false
  return source.split('\n').flatMap((row, index) => {
    if (row.startsWith('```')) isCode = !isCode
    if (isCode || row.startsWith('```')) return []
    // Each table cell is a text of its own.
    const cells = row.startsWith('|') ? row.split(/(?<!\\)\|/) : [row.replace(/^(?:#+|[-*]|\d+\.|>)\s+/, '')]
    return cells.map((cell) => ({ line: index + 1, text: cell.replace(/`[^`]*`|\]\([^)]*\)/g, '`x`').trim() }))
  })
}

function proseOfProgram(file, source) {
  const { program, comments } = parseSync(file, source)
  const texts = comments.map(({ value, start, end }) => ({
    start: end > start ? start : 0,
    text: value.replace(/^\s*\* ?/gm, '').replace(/`[^`]*`/g, '`x`'),
  }))
  const add = (start, text) => {
    if (/[a-z] [a-z]/i.test(text) && !/^\.{1,2}\//.test(text)) texts.push({ start, text })
  }
  new Visitor({
    Literal: ({ start, value }) => typeof value === 'string' && add(start, value),
    TemplateLiteral: ({ start, quasis }) => add(start, quasis.map(({ value }) => value.cooked ?? '').join('X')),
  }).visit(program)
  return joinedLines(texts, source).map(({ start, text }) => ({
    line: source.slice(0, start).split('\n').length,
    text,
  }))
}

/** Joins consecutive `//` comments: a sentence may continue on the next line. */
function joinedLines(texts, source) {
  const joined = []
  for (const text of texts.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    const isNext = last !== undefined && /^\n[ \t]*\/\/$/.test(source.slice(last.end ?? 0, text.start + 2))
    if (isNext && source.startsWith('//', text.start)) {
      last.text += ` ${text.text.trim()}`
      last.end = text.start + 2 + text.text.length
    } else
      joined.push({ ...text, end: source.startsWith('//', text.start) ? text.start + 2 + text.text.length : undefined })
  }
  return joined
}
