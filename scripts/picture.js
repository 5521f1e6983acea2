// Draws docs/picture.svg, the picture in the README: runs the built program in a terminal against the emulator and
// draws its output in colour. `--check` compares instead, and fails if the program now prints something else. Requires
// the same packages as the keychain tests (Debian: dbus gnome-keyring libsecret-tools), script and bash.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { transformSync } from 'rolldown/utils'
import { clientSecretsFile, startEmulator } from '../dist/emulator.js'

const root = join(import.meta.dirname, '..')
const picture = join(root, 'docs/picture.svg')

const columns = 86
const width = 800

/** The commands to type, including their comments. */
const commands = [
  'gsa emulator code | gsa exchange - --quiet   # the code that an Android app receives',
  'gsa emulator code --platform web-popup | gsa exchange - --quiet   # the wrong kind',
]

// A character that no program prints, before each command, to separate it from the output.
const mark = '\u001e'

const palette = await pageColors()
const drawn = draw(await record())
if (!process.argv.includes('--check')) writeFileSync(picture, drawn)
else if (readFileSync(picture, 'utf8') !== drawn) {
  const shown = words(readFileSync(picture, 'utf8'))
  const printed = words(drawn)
  console.error('docs/picture.svg no longer matches the output of the program. Draw it again: npm run picture')
  for (const line of shown.filter((one) => !printed.includes(one))) console.error(`- ${line}`)
  for (const line of printed.filter((one) => !shown.includes(one))) console.error(`+ ${line}`)
  process.exitCode = 1
}

/**
 * Returns everything that the terminal showed, with its escape sequences, and with normalized times and emulator
 * address.
 */
async function record() {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-picture-'))
  // A seed makes the same IDs each time.
  const google = await startEmulator({ seed: 'picture' })
  try {
    const { host } = new URL(google.issuer)
    for (const name of ['bin', 'home']) mkdirSync(join(folder, name))
    const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"\n`
    writeFileSync(join(folder, 'bin/gsa'), program, { mode: 0o755 })
    writeFileSync(join(folder, 'client_secret_web.json'), JSON.stringify(clientSecretsFile('web', google.issuer)))
    writeFileSync(join(folder, 'session.sh'), commands.map(typed).join(''))
    const text = await inTerminal(folder, host, `stty cols ${columns}; bash session.sh; exit 0`)
    return text
      .replaceAll('\r\n', '\n')
      .replaceAll(host, '127.0.0.1:9077')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, '2026-11-21T20:00:00Z')
      .replaceAll(/ in \d+ minutes/g, ' in 60 minutes')
  } finally {
    await google.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Returns shell lines that show a command and then run it. */
function typed(command) {
  return `printf '%s\\n' '${mark}${command.replaceAll("'", `'\\''`)}'\n${command}\n`
}

/** Returns the terminal's output while this runs in it, in a separate desktop session with its own keychain. */
async function inTerminal(folder, host, command) {
  const withKeyring = join(root, 'test/support/with-keyring.sh')
  const child = spawn(withKeyring, ['--', 'script', '-qec', command, '/dev/null'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
      HOME: join(folder, 'home'),
      TERM: 'xterm-256color',
      GSA_CLIENT_SECRETS: 'client_secret_web.json',
      GSA_EMULATOR_HOST: host,
    },
  })
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  const exitCode = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  const text = Buffer.concat(chunks).toString('utf8')
  if (exitCode !== 0) throw new Error(`the session ended with ${exitCode}:\n${text}`)
  return text
}

/** Returns a command's output as lines of runs of one style. @throws Error for an unsupported escape sequence */
function styledLines(lines) {
  const classes = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' }
  let style = ''
  return lines.map((line) => {
    const [plain, ...sequences] = line.split('\u001b[')
    const runs = [{ text: plain, style }]
    for (const sequence of sequences) {
      const [, code, text] = /^(\d*)m(.*)$/.exec(sequence) ?? []
      if (!['', '0', '22', '39'].includes(code) && classes[code] === undefined)
        throw new Error(`an unsupported escape sequence: ${sequence}`)
      style = classes[code] ?? ''
      runs.push({ text, style })
    }
    return runs.filter((run) => run.text !== '')
  })
}

/**
 * Breaks a line between words, where a terminal would break it anywhere. Continuation lines are aligned with the text
 * after a label.
 */
function wrapped(runs) {
  const line = runs.map((run) => run.text).join('')
  const indent = /^(?: +|\w+: )?/.exec(line)[0].length
  const rows = []
  let start = 0
  while (line.length - start > columns - (start === 0 ? 0 : indent)) {
    const end = line.lastIndexOf(' ', start + columns - (start === 0 ? 0 : indent))
    rows.push([start, end])
    start = end + 1
  }
  rows.push([start, line.length])
  return rows.map(([from, to], index) => [
    ...(index === 0 ? [] : [{ text: ' '.repeat(indent), style: '' }]),
    ...cut(runs, from, to),
  ])
}

/** Returns the part of the runs between two positions of the line. */
function cut(runs, from, to) {
  let at = 0
  return runs.flatMap(({ text, style }) => {
    const piece = text.slice(Math.max(0, from - at), Math.max(0, to - at))
    at += text.length
    return piece === '' ? [] : [{ text: piece, style }]
  })
}

/** Returns the rules for the colours of the frame, the text and each style of {@link styledLines}. */
function colorRules(colors) {
  const { page, line, text, quiet, alarm, accent, note } = colors
  return [
    `rect { fill: ${page}; stroke: ${line} } text { fill: ${text} } .dim { fill: ${quiet} } .red { fill: ${alarm} }`,
    `.green { fill: ${accent} } .yellow { fill: ${colors['banner-text']} } .cyan { fill: ${note} }`,
  ].join('\n')
}

/** Returns the colours of the pages. They are TypeScript, which the oldest Node that builds gsa cannot load. */
async function pageColors() {
  const file = join(root, 'src/pages/colors.ts')
  const { code } = transformSync(file, readFileSync(file, 'utf8'))
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).palette
}

function draw(recorded) {
  const [, ...blocks] = recorded.split(mark)
  const lines = blocks.flatMap((block, index) => {
    const [command, ...printed] = block.trimEnd().split('\n')
    const [, code, comment = ''] = /^(.*?)( +#.*)?$/.exec(command)
    const prompt = [
      { text: '$ ', style: 'dim' },
      { text: code, style: 'bold' },
      { text: comment, style: 'dim' },
    ]
    const gap = index === blocks.length - 1 ? [] : [[]]
    return [prompt, ...styledLines(printed).flatMap(wrapped), ...gap]
  })
  const lineHeight = 21
  const height = lines.length * lineHeight + 34
  const rows = lines.map((runs, index) => row(runs, 18 + (index + 1) * lineHeight - 5))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">
<title id="title">gsa in a terminal</title>
<desc id="description">gsa exchanges the code of an Android app. Then it receives a code of the web pop-up, explains why the server rejected it, and says what to type instead.</desc>
<style>
text { font: 14.5px ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace; white-space: pre }
.bold, .red, .yellow { font-weight: 600 }
${colorRules(palette.light)}
@media (prefers-color-scheme: dark) {
${colorRules(palette.dark)}
}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows.filter((text) => text !== '').join('\n')}
</svg>
`
}

function row(runs, y) {
  if (runs.length === 0) return ''
  const spans = runs
    .filter(({ text }) => text !== '')
    .map(({ text, style }) => (style === '' ? escaped(text) : `<tspan class="${style}">${escaped(text)}</tspan>`))
  return `<text x="20" y="${y}" xml:space="preserve">${spans.join('')}</text>`
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Returns a picture's lines as text. */
function words(svg) {
  return [...svg.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, line]) => line.replace(/<[^>]*>/g, ''))
}
