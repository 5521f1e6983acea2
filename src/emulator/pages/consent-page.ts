import { breakableHtml, escapeHtml } from '../../core/escape-html.ts'
import type { Reply } from '../http/reply.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { consentChoices } from './consent-choices.ts'
import { pageReply } from './page.ts'
import { windowScript } from './relay-page.ts'

/** The contents of the consent page. */
export interface ConsentPage {
  readonly request: AuthorizationRequest
  readonly accounts: ReadonlyMap<string, EmulatorAccount>
  readonly preselected: EmulatorAccount
  /** The request's query string; the form carries it, so the server need not remember it. */
  readonly query: string
}

/**
 * Returns the consent page: one form that works without JavaScript, with radio buttons `account`, a checkbox `scope`
 * for each scope, and the buttons `decision` = `allow` and `deny`.
 */
export function consentPage({ request, accounts, preselected, query }: ConsentPage): Reply {
  const { client } = request
  const appName = client.name ?? client.clientId
  const content = `<h1>${escapeHtml(appName)} wants to use your Google account</h1>
<p class="lead">Choose an account and what the app may do with it.</p>
<form method="post" action="/signin/oauth/consent">
<input type="hidden" name="request" value="${escapeHtml(query)}">
${consentChoices({ accounts, preselected, scopes: request.scopes, canLimit: request.accessType === 'offline' })}
</form>
<details>
<summary>About this request</summary>
<dl>
<div><dt>Client</dt><dd><code>${breakableHtml(client.clientId)}</code></dd></div>
<div><dt>The response goes to</dt><dd><code>${breakableHtml(request.relay?.origin ?? request.redirectUri)}</code></dd></div>
<div><dt>Access while you are away</dt><dd>${request.accessType === 'offline' ? 'Yes, with a refresh token' : 'No'}</dd></div>
<div><dt>PKCE</dt><dd>${request.challenge === undefined ? 'Not used' : escapeHtml(request.challenge.method)}</dd></div>
</dl>
</details>`
  const title = `Sign in to ${appName}`
  if (request.relay !== undefined) return pageReply({ title, content, script: windowScript(request.relay) })
  return pageReply({ title, content, formTarget: new URL(request.redirectUri) })
}
