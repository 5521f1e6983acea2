const byteOrderMarks: readonly (readonly [mark: readonly number[], encoding: string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]

/**
 * Returns the text in these bytes, for a format that must stay exact, such as JSON: UTF-8 or UTF-16 in either byte
 * order, with or without a byte order mark. PowerShell 5.1 writes UTF-16 with `>`. Bytes that are not valid become
 * U+FFFD.
 */
export function decodedText(bytes: Uint8Array): string {
  const marked = byteOrderMarks.find(([mark]) => mark.every((byte, at) => bytes[at] === byte))
  return new TextDecoder(marked?.[1] ?? unmarkedEncoding(bytes)).decode(bytes)
}

/** In UTF-16, every other byte of a text in English, JSON or Base64 is zero; UTF-8 has no zeros. */
function unmarkedEncoding(bytes: Uint8Array): string {
  const start = bytes.subarray(0, 512)
  const zeros = (parity: number): number => start.filter((byte, at) => byte === 0 && at % 2 === parity).length
  const most = start.length * 0.3
  if (start.length < 4) return 'utf-8'
  if (zeros(1) > most && zeros(0) === 0) return 'utf-16le'
  return zeros(0) > most && zeros(1) === 0 ? 'utf-16be' : 'utf-8'
}

/**
 * Returns a text from outside as people see it: decoded, without colours and other commands to a terminal, without
 * invisible characters, with HTML entities and typographic quotes as plain characters, and with `\n` at the end of
 * lines. Every text that a user pastes, pipes or names as a file goes through here before it is interpreted. The
 * characters of codes, tokens and URLs stay.
 */
export function outsideText(input: Uint8Array | string): string {
  const text = typeof input === 'string' ? input : decodedText(input)
  return (
    withoutEntities(withoutTerminalCommands(text))
      .replace(invisible, '')
      .replace(/[‘’‚‛´]/g, "'")
      .replace(/[“”„‟«»]/g, '"')
      // Spaces of other kinds, and the frames that terminal programs draw around a text.
      .replace(/[\u00a0\u202f\u2500-\u257f]/g, ' ')
      .replace(/\r\n?|\u2028|\u2029/g, '\n')
  )
}

const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

// ECMA-48: a control sequence, a string such as a window title or a link, and a short escape. The first character may
// have become the text of an escape on the way into a log; a viewer may have removed it.
const escape = String.raw`(?:\u001b|\\{1,4}u001b|\\{1,4}x1b|\\{1,4}0?33|\\{1,4}e(?=\[)|#033|\^\[(?=\[)|\u241b)`
// Without a number, only the sequences that programs print: any letter may be the first one of a secret.
const controlSequences = new RegExp(
  String.raw`(?:${escape}\[|\u009b)(?:[0-?]{1,40}[ -/]{0,4}[@-~]|[HJKmsu])|\[(?:\d{1,3};){0,8}\d{0,3}m(?!\])`,
  'g',
)
// oxlint-disable-next-line no-control-regex -- the controls are what it looks for
const controlStrings = /\u001b[\]PX^_][^\u0007\u001b\n]{0,4000}(?:\u0007|\u001b\\)?/g
// A link has the address that its text hides or shortens.
// oxlint-disable-next-line no-control-regex -- the controls are what it looks for
const links = /\u001b\]8;[^;\u0007\u001b\n]{0,200};([^\u0007\u001b\n]{0,4000})(?:\u0007|\u001b\\)/g
// oxlint-disable-next-line no-control-regex -- every control but tab and the ends of lines
const controls = /\u001b(?:[ -/]{1,4}[0-~]|[78=>cDEHMNOZ])|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

function withoutTerminalCommands(text: string): string {
  return text
    .replace(links, (_, target: string) => (/[?#]/.test(target) ? ` ${target} ` : ''))
    .replace(controlStrings, '')
    .replace(controlSequences, '')
    .replace(/\u0085/g, '\n')
    .replace(controls, '')
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }
const entity = /&(?:amp;){0,3}(amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[\da-f]{1,6});/gi

function withoutEntities(text: string): string {
  return text.replace(entity, (whole, name: string) => {
    const code = Number(/^#x/i.test(name) ? `0x${name.slice(2)}` : name.slice(1))
    if (!name.startsWith('#')) return named[name.toLowerCase()] ?? whole
    return code > 31 && code < 0x11_0000 && !(code >= 0xd8_00 && code < 0xe0_00) ? String.fromCodePoint(code) : whole
  })
}

/** Returns a text without the escapes of strings in JSON and source code. A log may have escaped it several times. */
export function withoutStringEscapes(text: string): string {
  return text
    .replace(/\\{1,8}u\{?([\da-f]{4})\}?/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\{1,8}x([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\{1,8}[nr]/g, '\n')
    .replace(/\\{1,8}t/g, ' ')
    .replace(/\\{1,8}(["'/`])/g, '$1')
}

// Prefixes of log lines: logcat and Flutter, Compose and Kubernetes, a time with a level, Nest and Docker.
const linePrefix =
  /^[ \t]*(?:(?:\d{2,4}-)?\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]?\d{0,6}(?:Z|[+-]\d\d:?\d\d)?:?[ \t]+(?:\d{1,6}[ \t]+\d{1,6}[ \t]+)?(?:[VDIWEF][ /][^:\n]{1,60}:[ \t])?|[VDIWEF]\/[^:\n]{1,60}: |[\w.-]{1,40}[ \t]{1,12}\| |\[?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]?[ \t]|(?:flutter|stdout|stderr): )/gm

/** Returns a text without the times, names and levels that programs put before each line of a log. */
export function withoutLinePrefixes(text: string): string {
  return text.replace(linePrefix, '')
}

const wrappings: readonly RegExp[] = [
  /^(```|~~~)[\w-]{0,20}\s([\s\S]*)\1$/,
  /^(["'`])([\s\S]*)\1[,;]?$/,
  /^(<)([^<>\s]*)>$/,
  /^(Optional\()([\s\S]*)\)$/,
  /^(\()([^()\s]*)\)$/,
]

const mostWrappings = 8

/** Returns a text without quotes, code fences and brackets around all of it. */
export function unwrapped(text: string): string {
  let inner = text.trim()
  for (let layer = 0; layer < mostWrappings; layer++) {
    const next = wrappings.map((wrapping) => wrapping.exec(inner)?.[2]).find((match) => match !== undefined)
    if (next === undefined) break
    inner = next.trim()
  }
  return inner
}
