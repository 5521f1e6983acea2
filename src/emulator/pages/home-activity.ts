import { fileCount } from '../records/folder.ts'
import type { Grant, State } from '../records/state.ts'
import { actionForm, clientName, first, type HomeView, last, rowList, rowWords, type Section } from './home-section.ts'
import { counted, durationWords, grouped, shortScope, shown, sizeWords } from './shown.ts'

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
