import { breakableHtml, escapeHtml } from '../core/escape-html.ts'
import { safeLines, safeText } from '../core/safe-to-print.ts'
import type { Flow, FlowCheck, FlowField, FlowOutcome, FlowStep, Party, Specification } from '../flows/flow.ts'

export { flowStyles } from './flow-styles.ts'

/**
 * Returns the picture of a flow as HTML: how it ended, `about` it, a lane for each party, and its steps. It needs
 * `flowStyles` and `baseStyles`, and belongs below a heading of level 1.
 */
export function flowPicture(flow: Flow, about = ''): string {
  const lanes = `<ul class="lanes" role="list" aria-label="Parties">${flow.parties.map(({ name }) => `<li>${shown(name)}</li>`).join('')}</ul>`
  return `<div class="flow n${Math.min(flow.parties.length, 5)}">
${outcomeBlock(flow.outcome)}
${about}<h2>At a glance</h2>
<div class="glance">
${lanes}
<ol class="steps" role="list">
${flow.steps.map((step) => overviewRow(step, flow)).join('\n')}
</ol>
</div>
<h2>Step by step</h2>
<div>
${lanes}
<ol class="steps" id="steps" role="list">
${flow.steps.map((step) => stepItem(step, flow)).join('\n')}
</ol>
</div>
${legend(flow)}
</div>`
}

/** Returns text for HTML, with characters that could hide or reverse it made visible. */
export const shown = (text: string): string => escapeHtml(safeText(text))

const shownAddress = (text: string): string => breakableHtml(safeText(text))

/** Returns a duration: `12 ms`, `1.2 s`, `95 s`, `3 min 20 s`, `5 h 3 min`, `7 days`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 100_000) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(minutes / 1440)} days`
}

const looks = { succeeded: 'ok', failed: 'bad', unfinished: 'open' } as const

function outcomeBlock(outcome: FlowOutcome): string {
  const { result, text, fix, code, exitCode, step } = outcome
  const word = { succeeded: 'Succeeded', failed: 'Stopped', unfinished: 'Not finished' }[result]
  const where = step === undefined ? word : `<a href="#step-${step}">${word} at step ${step}</a>`
  const codes = [
    ...(code === undefined ? [] : [`failure code <code>${shown(code)}</code>`]),
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
  ].join(', ')
  return `<div class="out ${looks[result]}">
<h2><b>${where}:</b> ${shownLines(text)}</h2>
${fix === undefined ? '' : `<p><strong>What to do:</strong> ${withCommands(shownLines(fix))}</p>`}
${codes === '' ? '' : `<p class="small">${codes[0]?.toUpperCase()}${codes.slice(1)}</p>`}
</div>`
}

const shownLines = (text: string): string => escapeHtml(safeLines(text))

// A command of gsa in a sentence: its name, options, the values that options can have, and placeholders.
const commandInText =
  /\bgsa (?:explain [a-z_]+|login|exchange|refresh|token|whoami|accounts|drive|api|serve|smoke|doctor|explain|revoke|logout|export|emulator|snippet)\b(?: (?:rebuild|default|remove|ls-appfolder|put|get|start|run)\b)?(?: (?:--[a-z][a-z-]*|[A-Z]{3,}|android|ios|web-popup)\b)*/g

function withCommands(html: string): string {
  return html.replaceAll(commandInText, (command) => `<code>${command}</code>`)
}

function overviewRow(step: FlowStep, flow: Flow): string {
  return `<li class="step row">${strip(step, flow)}<div class="brief"><a href="#step-${step.number}">${step.number}. ${shown(step.title)}</a> ${step.kind === 'unseen' ? '' : `<small>at ${durationText(step.atMs)}</small>`}${chips(step, flow)}</div></li>`
}

function stepItem(step: FlowStep, flow: Flow): string {
  return `<li class="step" id="step-${step.number}">
${strip(step, flow)}
<div class="card ${lookOf(step, flow)}">
<h3>${step.number}. ${shown(step.title)}${chips(step, flow)}</h3>
<p class="quiet">${when(step, flow.parties)}</p>
${step.purpose === '' ? '' : `<p>${shown(step.purpose)}</p>`}
${step.line === undefined ? '' : `<p class="line"><code>${shownAddress(step.line.replace(/^\d{3}\b/, 'HTTP $&'))}</code></p>`}
${fieldGroups(step)}${checkList(step.checks)}${furtherReading(step.specifications)}
</div>
</li>`
}

const isStop = ({ number }: FlowStep, { outcome }: Flow): boolean =>
  outcome.result !== 'succeeded' && outcome.step === number

/** Returns the class that colours a step. */
function lookOf(step: FlowStep, flow: Flow): string {
  if (isStop(step, flow)) return looks[flow.outcome.result]
  return step.isError === true ? 'bad' : step.kind === 'unseen' ? 'unseen' : ''
}

function chips(step: FlowStep, flow: Flow): string {
  return [
    ...(isStop(step, flow) ? [chip(`stop ${looks[flow.outcome.result]}`, 'Stopped here')] : []),
    ...(step.isError === true && !isStop(step, flow) ? [chip('bad', 'Error')] : []),
    ...(step.kind === 'unseen' ? [chip('unseen', 'Not seen')] : []),
    ...(step.faults ?? []).map((fault) => chip('bad', `Fault: ${fault}`)),
    ...(step.times === undefined ? [] : [chip('', `${step.times} times`)]),
  ].join('')
}

const chip = (look: string, text: string): string => ` <span class="chip ${look}">${shown(text)}</span>`

/** Returns the part of the picture that belongs to a step. The text beside it says the same. */
function strip(step: FlowStep, flow: Flow): string {
  return `<div class="strip" aria-hidden="true">${'<i></i>'.repeat(flow.parties.length)}${arrow(step, flow)}</div>`
}

/** Returns the arrow between two lanes, or the box in one: it starts at lane `a` and crosses `w` lanes. */
function arrow(step: FlowStep, flow: Flow): string {
  const lane = (id: string): number =>
    Math.max(
      0,
      flow.parties.findIndex((party) => party.id === id),
    )
  const [from, to] = [lane(step.from), lane(step.to)]
  const look = `a${Math.min(from, to)} ${lookOf(step, flow)}`
  const label = arrowLabel(step, Math.abs(to - from))
  const text = `<b>${step.number}</b>${label === '' ? '' : `<span>${shown(label)}</span>`}`
  if (from === to) return `<div class="box ${look}">${text}</div>`
  return `<div class="arrow w${Math.abs(to - from)} ${look}${to < from ? ' back' : ''}">${text}</div>`
}

/** Returns a few words for an arrow across lanes: the method and path of a request, the status of a response. */
function arrowLabel({ line = '', kind, checks, times }: FlowStep, lanes: number): string {
  const often = times === undefined ? '' : ` \u00d7${times}`
  if (kind === 'unseen') return `not seen${often}`
  const [, method, path] = /^([A-Z]+) (?:https?:\/\/[^/]+)?(\/[^?#]*)/.exec(line) ?? []
  if (method !== undefined) {
    const short = shortPath(path)
    // One line: the text beside the arrow has the method too.
    return lanes === 1 && method.length + short.length > 13 ? short + often : `${method} ${short}${often}`
  }
  const [status = ''] = /^\d{3}\b/.exec(line) ?? []
  if (status !== '') return `${status}${often}`
  const failed = checks.filter(({ result }) => result === 'failed').length
  if (checks.length === 0) return often.trim()
  return failed === 0 ? counted(checks.length, 'check') : `${failed} of ${counted(checks.length, 'check')} failed`
}

/** Returns a path that fits an arrow across one lane: the last part of a long one, truncated. */
function shortPath(path = ''): string {
  const last = path.length > 14 ? path.slice(path.lastIndexOf('/')) : path
  return last.length > 14 ? `${last.slice(0, 13)}\u2026` : last
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Returns a line about a step: the parties, the time, how long it took, how often it happened. */
function when(step: FlowStep, parties: readonly Party[]): string {
  const name = (id: string): string => shown(parties.find((party) => party.id === id)?.name ?? id)
  const parts = [
    step.from === step.to ? `Inside ${name(step.from)}` : `${name(step.from)} to ${name(step.to)}`,
    ...(step.kind === 'unseen' ? [] : [`at ${durationText(step.atMs)}`]),
    ...(step.tookMs === undefined ? [] : [`took ${durationText(step.tookMs)}`]),
    ...(step.times === undefined ? [] : [`repeated with the next step, ${step.times} times in all`]),
  ]
  return parts.join(' &middot; ')
}

// In the order of the page: the headers of a response tell the least.
const places: Readonly<Record<FlowField['place'], string>> = {
  query: 'In the address',
  form: 'In the form',
  body: 'In the body',
  fragment: 'After the # of the address',
  detail: 'Details',
  header: 'Headers',
}

function fieldGroups({ name, fields }: FlowStep): string {
  // Most members of a discovery document do not matter for a flow.
  const isDiscovery = name === 'discovery-response'
  const kept = fields.filter(({ place, meaning }) => !isDiscovery || place !== 'body' || meaning !== undefined)
  const others = fields.length - kept.length
  const groups = Object.entries(places).map(([place, title]) => {
    const inside = kept.filter((field) => field.place === place)
    const more = place === 'body' && others > 0 ? `<p class="quiet">And ${counted(others, 'other value')}.</p>\n` : ''
    return inside.length === 0 ? more : `<h4>${title}</h4>\n${fieldList(inside)}\n${more}`
  })
  return groups.join('')
}

function fieldList(fields: readonly FlowField[]): string {
  const rows = fields.map(({ name, value, secret, meaning, contents = [] }) => {
    const hidden =
      secret === undefined
        ? ''
        : `<span class="hid">[${shown(secret.kind)}, ${counted(secret.length, 'character')}]</span>`
    const visible = value === '' ? '<span class="hid">empty</span>' : `<code>${shownAddress(value ?? '')}</code>`
    const text = [...(value === undefined ? [] : [visible]), ...(hidden === '' ? [] : [hidden])].join(' ')
    const use = meaning === undefined ? '' : `<small>${shown(meaning)}</small>`
    return `<div><dt><code>${shown(name).replaceAll('_', '_<wbr>')}</code></dt><dd>${text}${use}</dd>${contents.length === 0 ? '' : `<dd class="in">${fieldList(contents)}</dd>`}</div>`
  })
  return `<dl>${rows.join('\n')}</dl>`
}

const signs: Readonly<Record<FlowCheck['result'], string>> = {
  passed: '<b class="ok">&#10003; passed</b>',
  failed: '<b class="bad">&#10007; failed</b>',
  'not checked': '<b class="unseen">&ndash; not checked</b>',
}

function checkList(checks: readonly FlowCheck[]): string {
  if (checks.length === 0) return ''
  const items = checks.map(({ what, result, detail, specification }) => {
    const found = detail === undefined ? '' : `<small>${shown(detail)}</small>`
    const source = specification === undefined ? '' : `<small>${reference(specification)}</small>`
    return `<li>${signs[result]}<span>${shown(what)}${found}${source}</span></li>`
  })
  return `<h4>Checks</h4>\n<ul class="checks" role="list">${items.join('\n')}</ul>\n`
}

function furtherReading(specifications: readonly Specification[]): string {
  return specifications.length === 0 ? '' : `<p class="quiet">More: ${specifications.map(reference).join(', ')}</p>`
}

/** Returns a link; only the name if the address is not one of the web. */
function reference({ name, url }: Specification): string {
  return url.startsWith('https://') ? `<a href="${shown(url)}" rel="noreferrer">${shown(name)}</a>` : shown(name)
}

const words = [
  ['client', 'A program as Google knows it: your backend has a client ID and a client secret, which is its password.'],
  ['code', 'Obtained by an app when its user consents. It works once, and only together with the client secret.'],
  ['access token', 'A key for requests to APIs, for about an hour.'],
  ['refresh token', 'Gets new access tokens while the user is away. It works until it is revoked.'],
  ['ID token', 'A signed statement from Google of who the user is.'],
  [
    'redirect URI',
    'Where Google delivers a code: an address for a web site, the word postmessage for a popup, empty for a phone. The token request must name the same one.',
  ],
  ['consent, grant', 'The permission that the user gave. Revoking it makes every token useless.'],
] as const

const glossary = `<h2>Words</h2>
<dl class="words">${words.map(([word, text]) => `<div><dt>${word}</dt><dd>${text}</dd></div>`).join('')}</dl>`

function legend({ command, steps }: Flow): string {
  const rows = [
    [true, '<span class="arrow"></span>', 'A message from one party to another.'],
    [
      steps.some(({ kind }) => kind === 'unseen'),
      '<span class="arrow unseen"></span>',
      'A message that must have been sent, but that the writer of this page could not see.',
    ],
    [steps.some(({ from, to }) => from === to), '<span class="box"></span>', 'Work inside one party.'],
    [steps.some(({ isError }) => isError), '<span class="arrow bad"></span>', 'An error.'],
    [
      steps.some(({ faults = [] }) => faults.length > 0),
      '<span class="chip bad">Fault</span>',
      'An error that the emulator was told to make.',
    ],
    [true, '<span class="hid">[kind, length]</span>', 'A secret. This page has only its kind and its length.'],
  ] as const
  const items = rows.map(([isThere, sign, text]) =>
    isThere ? `<li><span aria-hidden="true">${sign}</span><span>${text}</span></li>` : '',
  )
  return `<div class="key">
<h2>How to read it</h2>
<ul role="list">${items.join('')}</ul>
<p>This page contains no secrets: no code, token, password or private key. It may contain ${command === undefined ? '' : 'the command, '}the client ID, and what the server said about the account, such as its email address. Look through it before you attach it to a public issue.</p>
${glossary}
</div>`
}
