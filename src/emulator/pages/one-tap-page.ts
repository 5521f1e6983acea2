import { escapeHtml } from '../../core/escape-html.ts'
import type { Reply } from '../http/reply.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import type { StorageRelay } from '../records/storage-relay.ts'
import { pageReply } from './page.ts'
import { windowScript } from './relay-page.ts'

/** More do not fit the frame; the button's window shows all of them. */
const mostAccounts = 5

/**
 * Returns the small page that Google's library shows in a frame of the app's page: a button for each account, and one
 * to dismiss it. Only the page that the request names can frame it.
 */
export function oneTapPage(
  request: AuthorizationRequest,
  relay: StorageRelay,
  accounts: readonly EmulatorAccount[],
  query: string,
): Reply {
  const app = request.client.name ?? new URL(relay.origin).host
  const scopes = request.scopes.map((scope) => `<input type="hidden" name="scope" value="${escapeHtml(scope)}">`)
  const content = `<h1 class="small">Sign in to ${escapeHtml(app)} with Google</h1>
<form method="post" action="/signin/oauth/consent">
<input type="hidden" name="request" value="${escapeHtml(query)}">
<input type="hidden" name="decision" value="allow">
${scopes.join('\n')}
<div class="actions">
${accounts.slice(0, mostAccounts).map(accountButton).join('\n')}
<button class="deny" type="button" name="dismiss">Not now</button>
</div>
</form>`
  return pageReply({
    title: `Sign in to ${app}`,
    content,
    script: windowScript(relay),
    framedBy: relay.origin,
  })
}

function accountButton({ email, name }: EmulatorAccount, index: number): string {
  const look = index === 0 ? 'allow' : 'deny'
  return `<button class="${look}" type="submit" name="account" value="${escapeHtml(email)}">Continue as ${escapeHtml(name)}<br><small>${escapeHtml(email)}</small></button>`
}
