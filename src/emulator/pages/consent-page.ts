import type { AuthorizationRequest } from '../oauth/authorization-request.ts'
import type { EmulatorAccount } from '../built-in.ts'
import { breakableHtml, escapeHtml } from './html.ts'
import { pageReply } from './page.ts'
import type { Reply } from '../reply.ts'
import { scopeTitle, shortName } from '../oauth/scopes.ts'

/** What the consent page shows. */
export interface ConsentPage {
  request: AuthorizationRequest
  accounts: readonly EmulatorAccount[]
  preselected: EmulatorAccount
  /** The query string of the request; the form carries it, so the server need not remember it. */
  query: string
}

/**
 * The consent page: one form that works without JavaScript, with a choice `account`, a checkbox `scope` for each scope, and the buttons
 * `decision` = `allow` and `deny`.
 */
export function consentPage({ request, accounts, preselected, query }: ConsentPage): Reply {
  const { client } = request
  const appName = client.name ?? client.clientId
  const target = new URL(request.redirectUri)
  const content = `<h1>${escapeHtml(appName)} wants to use your Google account</h1>
<p class="lead">Choose an account and what the app may do with it.</p>
<form method="post" action="/signin/oauth/consent">
<input type="hidden" name="request" value="${escapeHtml(query)}">
<fieldset>
<legend>Account</legend>
<div class="choices">
${accounts.map((account) => accountChoice(account, account.sub === preselected.sub)).join('\n')}
</div>
</fieldset>
<fieldset>
<legend>The app may</legend>
<p class="hint">Untick what you do not want to give.</p>
<div class="choices">
${request.scopes.map((scope, index) => scopeChoice(scope, index)).join('\n')}
</div>
</fieldset>
${request.accessType === 'offline' ? durationChoice : ''}<div class="actions">
<button class="allow" type="submit" name="decision" value="allow">Allow</button>
<button class="deny" type="submit" name="decision" value="deny">Deny</button>
</div>
</form>
<details>
<summary>About this request</summary>
<dl>
<div><dt>Client</dt><dd><code>${breakableHtml(client.clientId)}</code></dd></div>
<div><dt>The answer goes to</dt><dd><code>${breakableHtml(request.redirectUri)}</code></dd></div>
<div><dt>Access while you are away</dt><dd>${request.accessType === 'offline' ? 'Yes, with a refresh token' : 'No'}</dd></div>
<div><dt>PKCE</dt><dd>${request.challenge ? escapeHtml(request.challenge.method) : 'Not used'}</dd></div>
</dl>
</details>`
  return pageReply({ title: `Sign in – ${appName}`, content, formTarget: formTarget(target) })
}

/** Browsers hold `form-action` against the redirect that follows, too. Its grammar has no IPv6 literals; the scheme has to do. */
function formTarget(target: URL): string {
  return target.hostname.startsWith('[') ? target.protocol : target.origin
}

/** Google lets people limit how long an app keeps its access while they are away. */
const durationChoice = `<fieldset>
<legend>For how long</legend>
<div class="choices">
<label class="choice"><input type="radio" name="duration" value="unlimited" checked><span class="words"><strong>Until you take it back</strong></span></label>
<label class="choice"><input type="radio" name="duration" value="limited"><span class="words"><strong>For 180 days</strong></span></label>
</div>
</fieldset>
`

function accountChoice(account: EmulatorAccount, checked: boolean): string {
  const initials = (account.givenName.slice(0, 1) + account.familyName.slice(0, 1)).toUpperCase() || '?'
  const domain = account.hostedDomain ? ` · Workspace ${account.hostedDomain}` : ''
  return `<label class="choice">
<input type="radio" name="account" value="${escapeHtml(account.email)}" data-sub="${escapeHtml(account.sub)}"${checked ? ' checked' : ''} required>
<span class="avatar" aria-hidden="true">${escapeHtml(initials)}</span>
<span class="words"><strong>${escapeHtml(account.name)}</strong><small>${escapeHtml(account.email + domain)}</small></span>
</label>`
}

function scopeChoice(scope: string, index: number): string {
  const short = shortName(scope)
  const title = scopeTitle(scope) ?? 'Use another Google API'
  return `<label class="choice scope">
<input type="checkbox" name="scope" value="${escapeHtml(scope)}"${short ? ` data-alias="${short}"` : ''} aria-describedby="scope-${index}" checked>
<span class="words"><strong>${escapeHtml(title)}</strong><small id="scope-${index}">${breakableHtml(scope)}</small></span>
</label>`
}
