import { breakableHtml, escapeHtml } from '../../core/escape-html.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { scopeTitle, shortName } from '../records/scopes.ts'

/** The choices that a consent form offers. */
export interface ConsentChoices {
  readonly accounts: ReadonlyMap<string, EmulatorAccount>
  readonly preselected: EmulatorAccount
  /** The scopes as Google names them in a grant. */
  readonly scopes: readonly string[]
  /** Whether the app requests offline access, which the user can limit. */
  readonly canLimit: boolean
}

/**
 * Returns the contents of a consent form: radio buttons `account`, a checkbox `scope` for each scope, radio buttons
 * `duration`, and the buttons `decision` = `allow` and `deny`.
 */
export function consentChoices({ accounts, preselected, scopes, canLimit }: ConsentChoices): string {
  const offered = offeredAccounts(accounts, preselected)
  return `<fieldset>
<legend>Account</legend>
<div class="choices">
${offered.map((account) => accountChoice(account, account.sub === preselected.sub)).join('\n')}
</div>${otherAccount(accounts.size - offered.length)}
</fieldset>
<fieldset>
<legend>The app may</legend>
<p class="hint">Untick anything you do not want to allow.</p>
<div class="choices">
${scopes.map((scope, index) => scopeChoice(scope, index)).join('\n')}
</div>
</fieldset>
${canLimit ? durationChoice : ''}<div class="actions">
<button class="allow" type="submit" name="decision" value="allow">Allow</button>
<button class="deny" type="submit" name="decision" value="deny">Deny</button>
</div>`
}

/** The most accounts shown: nobody reads a page of 10,000, and it takes 150 times as long to build as one of two. */
const mostChoices = 20

/** Returns the first accounts, plus the preselected one if it is not among them. */
function offeredAccounts(
  accounts: ReadonlyMap<string, EmulatorAccount>,
  preselected: EmulatorAccount,
): readonly EmulatorAccount[] {
  const offered: EmulatorAccount[] = []
  for (const account of accounts.values()) {
    if (offered.length === mostChoices) break
    offered.push(account)
  }
  return offered.includes(preselected) ? offered : [preselected, ...offered]
}

/** Returns a field for the accounts that are not shown. */
function otherAccount(count: number): string {
  if (count === 0) return ''
  return `
<label class="field plain">Another account (${count} not shown), by email address<input type="text" name="other" autocomplete="off"></label>`
}

/** Google lets users limit how long an app keeps offline access. */
const durationChoice = `<fieldset>
<legend>For how long</legend>
<div class="choices">
<label class="choice"><input type="radio" name="duration" value="unlimited" checked><span class="words"><strong>Until you revoke it</strong></span></label>
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
