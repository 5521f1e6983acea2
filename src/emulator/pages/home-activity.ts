import { escapeHtml } from '../http/html.ts'
import { isLiveAccessToken } from '../records/access-tokens.ts'
import { fileCount } from '../records/folder.ts'
import { hashed } from '../records/journal.ts'
import { isLiveRefreshToken, refreshTokenEndMs } from '../records/refresh-tokens.ts'
import type { Grant, State } from '../records/state.ts'
import { actionForm, first, type HomeView, last, rowList, rowWords, type Section } from './home-section.ts'
import { counted, durationWords, grouped, masked, shortScope, shown, sizeWords } from './shown.ts'

/** Returns the section that lists each user's grants to projects. */
export function grantsSection(view: HomeView): Section {
  const { state } = view.google
  const given = [...state.grants.values()].filter(({ scopes }) => scopes.size > 0)
  const { kept, total } = last(given)
  const rows = kept.map((grant) => {
    const email = state.accounts.get(grant.sub)?.email ?? grant.sub
    const title = `${shown(email)} <span class="to">to project ${shown(grant.project, 40)}</span>`
    const fields = { account: grant.sub, project: grant.project }
    const button = { label: 'Revoke', says: `Revoke the grant of ${email} to project ${grant.project}` }
    return `${rowWords(title, [clientsOf(state, grant)], scopeTags(grant.scopes))}${actionForm(view, 'grants/revoke', [button], fields)}`
  })
  return {
    id: 'grants',
    title: 'Grants',
    count: { total, noun: 'grant' },
    content: rowList(rows, 'No user has consented yet.', total),
  }
}

function clientsOf(state: State, grant: Grant): string {
  const { kept, total } = first(grant.clients, 4)
  const names = kept.map(
    ([clientId, { offline }]) => `${clientName(state, clientId)} (${offline ? 'offline' : 'online'})`,
  )
  return names.join(', ') + (total > kept.length ? ` and ${total - kept.length} more` : '')
}

function scopeTags(scopes: ReadonlySet<string>): string {
  const { kept, total } = first(scopes, 8)
  const rest = total > kept.length ? ` <span class="more">and ${grouped(total - kept.length)} more</span>` : ''
  return `<span class="tags">${kept.map((scope) => `<code class="tag">${shown(shortScope(scope), 60)}</code>`).join(' ')}${rest}</span>`
}

function clientName(state: State, clientId: string): string {
  return shown(state.clients.get(clientId)?.name ?? clientId, 60)
}

interface LiveToken {
  readonly value: string
  readonly kind: 'access' | 'refresh'
  readonly email: string
  readonly clientId: string
  readonly endsMs: number
  /** Whether using it extends its lifetime. */
  readonly renewed: boolean
}

/** Returns the section that lists all live tokens with their remaining lifetimes. */
export function tokensSection(view: HomeView): Section {
  const { google } = view
  const refresh = last(liveTokens(view, 'refresh'))
  const access = last(liveTokens(view, 'access'))
  const rows = [...refresh.kept, ...access.kept].map(({ value, kind, email, clientId, endsMs, renewed }) => {
    const left = durationWords(Math.max(0, endsMs - view.nowMs))
    const title = `<code>${shown(masked(value))}</code> <span class="tag ${kind}">${kind}</span>`
    const button = { label: 'End', says: `End the ${kind} token ${masked(value)} of ${email}` }
    return `${rowWords(title, [shown(email), clientName(google.state, clientId)])}
<span class="left"><strong>${left}</strong><small>${renewed ? 'if unused' : 'left'}</small></span>${actionForm(view, 'tokens/end', [button], { token: hashed(value) })}`
  })
  const total = refresh.total + access.total
  return {
    id: 'tokens',
    title: 'Live tokens',
    count: { total, noun: 'live token' },
    content: rowList(rows, 'There are no live tokens.', total),
  }
}

// Viewing the page must not count as using a token: it would change which one was used last.
function* liveTokens({ google, nowMs }: HomeView, kind: LiveToken['kind']): Iterable<LiveToken> {
  const { accessTokens, refreshTokens } = google.state
  if (kind === 'access') {
    for (const [value, token] of accessTokens) {
      if (isLiveAccessToken(token, nowMs))
        yield {
          value,
          kind,
          email: token.account.email,
          clientId: token.clientId,
          endsMs: token.expiresAtMs,
          renewed: false,
        }
    }
    return
  }
  for (const [value, token] of refreshTokens) {
    if (!isLiveRefreshToken(token, nowMs)) continue
    const { account, clientId, expiresAtMs } = token
    const endsMs = refreshTokenEndMs(token)
    yield { value, kind, email: account.email, clientId, endsMs, renewed: endsMs !== expiresAtMs }
  }
}

/** Returns the section that lists waiting and answered devices. Only a viewer on this machine sees user codes. */
export function devicesSection({ google, nowMs, buttons }: HomeView): Section {
  const { kept, total } = last([...google.state.deviceCodes.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs))
  const rows = kept.map(({ client, userCode, answer, expiresAtMs }) => {
    const waiting = answer === undefined
    const outcome = waiting ? 'is waiting for you' : answer === 'used' ? 'has its tokens' : answerWords(answer)
    const code = waiting && buttons ? ` <code>${shown(userCode)}</code>` : ''
    const open =
      waiting && buttons ? `<a class="tool" href="/device?user_code=${encodeURIComponent(userCode)}">Answer</a>` : ''
    return `${rowWords(`${clientName(google.state, client.clientId)}${code}`, [outcome])}
<span class="left"><strong>${durationWords(expiresAtMs - nowMs)}</strong><small>left</small></span>${open}`
  })
  return {
    id: 'devices',
    title: 'Devices',
    count: { total, noun: 'device' },
    content: rowList(rows, 'No device is waiting.', total),
  }
}

function answerWords(answer: object): string {
  return 'account' in answer ? 'approved, tokens not fetched yet' : 'denied'
}

/** Returns the section that lists files stored in Drive. */
export function filesSection({ google }: HomeView): Section {
  const { state } = google
  const folders = [...state.folders].map(([key, folder]) => ({
    key,
    count: fileCount(folder),
    bytes: folder.bytesUsed,
  }))
  const { kept, total } = last(folders.filter(({ count }) => count > 0))
  const rows = kept.map(({ key, count, bytes }) => {
    const [project = '', sub = ''] = key.split(' ')
    const title = shown(state.accounts.get(sub)?.email ?? sub)
    return `${rowWords(title, [`project ${shown(project, 40)}`])}
<span class="left"><strong>${counted(count, 'file')}</strong><small>${sizeWords(bytes)}</small></span>`
  })
  return { id: 'files', title: 'Files', content: rowList(rows, 'No app has stored a file yet.', total) }
}

const mostRequests = 25

/** Returns the section that lists the last requests, without those of this page and the control API. */
export function requestsSection({ google, nowMs }: HomeView): Section {
  const entries = google.journal.entries()
  const today = new Date(nowMs).toISOString().slice(0, 10)
  const rows = entries
    .slice(-mostRequests)
    .toReversed()
    .map(({ time, method, path, status, faults = [] }) => {
      const day = time.startsWith(today) ? '' : `${time.slice(5, 10)} `
      const outcome = status === 0 ? 'none' : status >= 400 ? 'bad' : 'good'
      return `<tr role="row"><td role="cell" class="when"><time datetime="${escapeHtml(time)}">${day}${time.slice(11, 19)}</time></td>
<td role="cell" class="method">${shown(method, 12)}</td><td role="cell" class="path"><code>${shown(path, 120)}</code>${faults.map((fault) => ` <span class="tag">${shown(fault)}</span>`).join('')}</td>
<td role="cell" class="status ${outcome}">${status === 0 ? 'no response' : status}</td></tr>`
    })
  const more = entries.length - rows.length
  const content =
    rows.length === 0
      ? `<p class="empty">No requests yet. Point your app at this address, for example with <code>GSA_EMULATOR_HOST=${new URL(google.issuer).host} gsa login</code>.</p>`
      : `<table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Time</th><th role="columnheader" scope="col">Method</th><th role="columnheader" scope="col">Path</th><th role="columnheader" scope="col" class="status">Status</th></tr></thead>
<tbody role="rowgroup">
${rows.join('\n')}
</tbody></table>${more > 0 ? `\n<p class="more">And ${grouped(more)} before these.</p>` : ''}`
  return { id: 'requests', title: 'Requests', count: { total: entries.length, noun: 'request' }, content }
}
