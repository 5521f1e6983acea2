import type { LocalGoogle } from '../local-google.ts'
import type { State } from '../records/state.ts'
import { grouped, shown, shownInAttribute } from './shown.ts'

/** One section of the page at `/`. */
export interface Section {
  readonly id: string
  readonly title: string
  /** Escaped HTML. */
  readonly content: string
  /** The number of items and their noun; shown beside the title and in the overview. */
  readonly count?: { readonly total: number; readonly noun: string }
}

/** The input from which sections are built. */
export interface HomeView {
  readonly google: LocalGoogle
  readonly nowMs: number
  /** Whether buttons are shown: they work on this machine only. */
  readonly buttons: boolean
  /** The query of the page: `on` and `fault` choose the faults that it offers. */
  readonly query: URLSearchParams
}

/** The most rows shown in a list; the rest are only counted. */
const mostRows = 20

/** Returns a list of rows, or a sentence if there are none. `total` also counts the rows not shown. */
export function rowList(rows: readonly string[], empty: string, total = rows.length): string {
  if (rows.length === 0) return `<p class="empty">${empty}</p>`
  const more = total - rows.length
  const rest = more > 0 ? `\n<p class="more">And ${grouped(more)} more.</p>` : ''
  return `<ul class="rows">\n${rows.map((row) => `<li>${row}</li>`).join('\n')}\n</ul>${rest}`
}

/** Returns the title of a row, the notes about it, and more HTML beneath. */
export function rowWords(title: string, notes: readonly string[], beneath = ''): string {
  return `<span class="words"><strong>${title}</strong><small>${notes.join(' · ')}</small>${beneath}</span>`
}

/** Returns the amount at the right edge of a row, and a word about it. */
export function rowAmount(amount: string, about = ''): string {
  return `<span class="left"><strong>${amount}</strong>${about && `<small>${about}</small>`}</span>`
}

/** Returns the name of a client for a page, or its id if it has none. */
export function clientName(state: State, clientId: string): string {
  return shown(state.clients.get(clientId)?.name ?? clientId, 60)
}

/** Returns the first values of a possibly long list, and the total number. */
export function first<Value>(
  values: Iterable<Value>,
  most = mostRows,
): { readonly kept: readonly Value[]; readonly total: number } {
  const kept: Value[] = []
  let total = 0
  for (const value of values) {
    total++
    if (kept.length < most) kept.push(value)
  }
  return { kept, total }
}

/** Returns the last values of a possibly long list, newest first, and the total number. */
export function last<Value>(
  values: Iterable<Value>,
  most = mostRows,
): { readonly kept: readonly Value[]; readonly total: number } {
  const all = [...values]
  return { kept: all.slice(-most).toReversed(), total: all.length }
}

/** A button. `says` is its accessible name, which distinguishes buttons with the same label. */
export interface Button {
  readonly label: string
  readonly says?: string
  readonly name?: string
  readonly value?: string
  readonly look?: 'alarm' | 'quiet'
}

/**
 * Returns a form with one or more buttons that posts to `/emulator/page/ACTION`, or nothing where buttons do not work.
 */
export function actionForm(
  { buttons }: HomeView,
  action: string,
  shownButtons: readonly Button[],
  fields: Readonly<Record<string, string>> = {},
): string {
  if (!buttons) return ''
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${shownInAttribute(value, 500)}">`,
  )
  const inner = [...hidden, ...shownButtons.map(buttonHtml)].join('')
  return `<form class="tools" method="post" action="/emulator/page/${action}">${inner}</form>`
}

/** Returns an option of a list. */
export function option(value: string, label: string, selected: boolean): string {
  return `<option value="${shownInAttribute(value, 500)}"${selected ? ' selected' : ''}>${shownInAttribute(label, 60)}</option>`
}

function buttonHtml({ label, says, name, value, look }: Button): string {
  const attributes = [
    `class="tool${look ? ` ${look}` : ''}"`,
    ...(name ? [`name="${name}" value="${shownInAttribute(value ?? '')}"`] : []),
    ...(says ? [`aria-label="${shownInAttribute(says, 200)}"`] : []),
  ]
  return `<button ${attributes.join(' ')}>${label}</button>`
}
