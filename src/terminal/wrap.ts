import stringWidth from 'fast-string-width'

// The words that can follow `gsa` (test/terminal/wrap.test.ts holds them against the tree of commands).
const names =
  'accounts|api|client-secrets|code|compare|completion|doctor|drive|emulator|env|exchange|explain|export|get|help|id-token|info|list|login|logout|ls|ls-appfolder|migrate|move|put|rebuild|refresh|remove|revoke|rm|rotate-key|run|serve|smoke|snippet|start|status|store|token|use|verify|whoami'
const value = quotedOr(String.raw`(?!-)[\w@/.:=~*-]*[\w/*]`)
// A placeholder, an address, a path, a file or `-`.
const argument = quotedOr(
  String.raw`https?:\/\/[\w@/.:=~*?&%-]*[\w/]|[A-Z][A-Z_]+(?::[A-Z]+)?(?:\/[A-Z_]+)?|[\w.~-]*[@/=][\w@/.:=~*-]*[\w/*]|\w[\w-]*\.[a-z]{2,4}(?!\w)|-(?!\S)`,
)
const flag = String.raw`--?[A-Za-z][\w-]*(?:[ =](?:${value}))?`
const redirection = String.raw`\| \w+(?: [-.]\S+)*|[<>]+ ?[\w./~-]*\w`
// A line does not break within these: a command to type, with a prompt or settings before it; a flag with a value;
// a number with its unit.
const unbroken = new RegExp(
  String.raw`(?:\$ )?(?:\b[A-Z_]+=\S+ )*\b(?:gsa(?: (?:${names})(?![\w-]))*|export|npm|npx|docker|apt-get|curl|ssh)(?: (?:${flag}|${redirection}|${argument}))*|--[a-z][a-z-]* (?:[a-z]+:)?[A-Z]+\b|\b\d+ (?:ms|s|B|kB|MB|GB)\b`,
  'g',
)

function quotedOr(pattern: string): string {
  return String.raw`"[^"]*"|'[^']*'(?:'[^']*')*|${pattern}`
}

/**
 * Returns a text whose lines fit into a terminal of so many columns, where wide characters count twice. A line breaks
 * between words, never within a word or a command to type. The rest is indented like the start of the line, or like its
 * last column.
 */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (stringWidth(line) <= columns ? line : wrapLine(line, columns)))
    .join('\n')
}

function wrapLine(padded: string, columns: number): string {
  const column = lastColumnOf(padded)
  const isAligned = column > 0 && column <= columns / 2
  // Columns that leave no room are set side by side.
  const line = isAligned ? padded : padded.replace(/(?<=\S) {2,}(?=\S)/g, '  ')
  const start = startOf(line) + (column > 0 ? 2 : 0)
  const indent = ' '.repeat(isAligned ? column : Math.min(start, Math.floor(columns / 2)))
  const rows = ['']
  let isComment = false
  for (const word of wordsOf(line)) {
    const row = rows.at(-1) ?? ''
    if (row.trim() === '' || stringWidth(row + word) <= columns) rows[rows.length - 1] = row + word
    // The rest of a shell's comment must remain one.
    else rows.push(`${indent}${isComment ? '# ' : ''}${word.trimStart()}`)
    isComment ||= word.trim().startsWith('# ')
  }
  return rows.join('\n')
}

/** Splits a line into words, each with the spaces before it. A unit that must not break is one word. */
function wordsOf(line: string): readonly string[] {
  const units = [...new Set([...line.matchAll(unbroken)].map(([found]) => found))]
    .toSorted((a, b) => b.length - a.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  const word = [
    ...units.map((text) => String.raw`\s*[^\s\w]*${text}\S*`),
    String.raw`\s*# \S+`,
    String.raw`\s*\S+`,
  ].join('|')
  return line.match(new RegExp(word, 'g')) ?? []
}

/** Where the last column of a line begins; 0 if it has one only. */
function lastColumnOf(line: string): number {
  const before = /^.*\S {2,}(?=\S)/.exec(line)?.[0]
  return before === undefined ? 0 : stringWidth(before)
}

/** Where the text of a line begins: behind its spaces, a heading or the mark of a step, which may have a colour. */
function startOf(line: string): number {
  const color = '(?:\u001b\\[\\d+m)?'
  const lead = new RegExp(String.raw`^(?:${color}(?:Error:|Warning:|[\u2713\u2717\u2013+x-])${color} |\s*)`)
  return stringWidth(lead.exec(line)?.[0] ?? '')
}
