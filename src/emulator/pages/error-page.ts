import { breakableHtml, escapeHtml } from '../../core/escape-html.ts'
import { type AuthorizationError, decodeAuthorizationError } from '../answers/authorization-error.ts'
import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { pageReply } from './page.ts'

const unreadable: AuthorizationError = {
  code: 'invalid_request',
  status: 400,
  description: 'The error in this address is unreadable.',
}

/**
 * Handles `/signin/oauth/error`, which explains an invalid authorization request. HTML with status 200, as at Google
 * (evidence B2).
 */
export function errorPageEndpoint(google: LocalGoogle, call: Call): Reply {
  const error = decodeAuthorizationError(call.query.get('authError') ?? '') ?? unreadable
  const clientId = call.query.get('client_id')
  const client = clientId ? google.state.clients.get(clientId) : undefined
  const details = [...(clientId ? [{ name: 'client_id', value: clientId }] : []), ...(error.details ?? [])]
  const who = client?.name ? `<strong>${escapeHtml(client.name)}</strong> sent` : 'An app sent'
  const content = `<h1>Access blocked: Authorization Error</h1>
<p class="lead">${who} a request that Google would reject. The app is not notified; only this page shows the reason.</p>
<div class="verdict">
<strong>Error ${error.status}: ${escapeHtml(error.code)}</strong>
<p>${escapeHtml(error.description.trim())}</p>
</div>
${details.length > 0 ? detailList(details) : ''}<p class="help">${error.helpUrl ? helpLink(error.helpUrl) : ''}What the app sent, as a diagram
<a href="/flows">Sign-ins</a></p>`
  return pageReply({ title: `Error ${error.status}: ${error.code}`, content })
}

function detailList(details: readonly { readonly name: string; readonly value: string }[]): string {
  const rows = details.map(
    ({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd><code>${breakableHtml(value)}</code></dd></div>`,
  )
  return `<details open>
<summary>Request details</summary>
<dl>
${rows.join('\n')}
</dl>
</details>`
}

/** Links only to Google: anyone can write the address of this page. */
function helpLink(helpUrl: string): string {
  const url = URL.canParse(helpUrl) ? new URL(helpUrl) : undefined
  if (url?.protocol !== 'https:' || !/(?:^|\.)google\.com$/.test(url.hostname)) return ''
  return `Google’s page about this error
<a href="${escapeHtml(url.href)}" rel="noreferrer">${breakableHtml(url.href)}</a>
`
}
