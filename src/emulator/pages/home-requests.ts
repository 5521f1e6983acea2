import { escapeHtml } from '../../core/escape-html.ts'
import type { JournalEntry } from '../records/journal.ts'
import type { State } from '../records/state.ts'
import { clientName, type HomeView, type Section } from './home-section.ts'
import { grouped, shown } from './shown.ts'
import { gsaVariables } from './shown-settings.ts'

const mostRequests = 25

/** Returns the section that lists the last requests, without those of this page and the control API. */
export function requestsSection({ google, nowMs }: HomeView): Section {
  const entries = google.journal.entries()
  const today = new Date(nowMs).toISOString().slice(0, 10)
  const rows = entries
    .slice(-mostRequests)
    .toReversed()
    .map((entry) => requestRow(google.state, entry, today))
  const more = entries.length - rows.length
  const content =
    rows.length === 0
      ? `<p class="empty">No requests yet. Point your app at this address, for example with <code>${escapeHtml(gsaVariables(google).join(' '))} gsa login</code>.</p>`
      : `<table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Time</th><th role="columnheader" scope="col">Method</th><th role="columnheader" scope="col">Request</th><th role="columnheader" scope="col" class="status">Status</th></tr></thead>
<tbody role="rowgroup">
${rows.join('\n')}
</tbody></table>${more > 0 ? `\n<p class="more">And ${grouped(more)} before these.</p>` : ''}`
  return { id: 'requests', title: 'Requests', count: { total: entries.length, noun: 'request' }, content }
}

function requestRow(state: State, entry: JournalEntry, today: string): string {
  const { time, method, path, status, error, clientId, account, dpop, faults = [] } = entry
  const day = time.startsWith(today) ? '' : `${time.slice(5, 10)} `
  const parties = [
    ...(clientId === undefined ? [] : [clientName(state, clientId)]),
    ...(account === undefined ? [] : [shown(account, 60)]),
  ]
  const about = parties.length === 0 ? '' : `<small>${parties.join(' · ')}</small>`
  const proof = dpop === undefined ? '' : `<small>DPoP: ${shown(dpop, 240)}</small>`
  const struck = faults.map((fault) => ` <span class="tag bad">fault ${shown(fault)}</span>`).join('')
  const why = error === undefined ? '' : `<small>${shown(error, 60)}</small>`
  return `<tr role="row"><td role="cell" class="when"><time datetime="${escapeHtml(time)}">${day}${time.slice(11, 19)}</time></td>
<td role="cell" class="method">${shown(method, 12)}</td><td role="cell" class="path"><code>${shown(path, 120)}</code>${struck}${about}${proof}</td>
<td role="cell" class="status ${outcome(entry)}">${status === 0 ? 'no response' : status}${why}</td></tr>`
}

/** A device that polls before its user decides is waiting (RFC 8628 section 3.5): nothing went wrong. */
const waitingErrors = new Set(['authorization_pending', 'slow_down'])

function outcome({ status, error }: JournalEntry): 'bad' | 'good' | 'waiting' {
  if (error !== undefined && waitingErrors.has(error)) return 'waiting'
  return status === 0 || status >= 400 ? 'bad' : 'good'
}
