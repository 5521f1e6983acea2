import { breakableHtml, escapeHtml } from '../../core/escape-html.ts'
import type { Reply } from '../http/reply.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import type { DeviceCode } from '../records/state.ts'
import { consentChoices } from './consent-choices.ts'
import { pageReply } from './page.ts'

/** Returns the page where users type the code from their device. `wrong` says why the previous code was rejected. */
export function userCodePage(typed: string, wrong?: string): Reply {
  const described = wrong === undefined ? 'user-code-hint' : 'user-code-wrong user-code-hint'
  const complaint =
    wrong === undefined ? '' : `<p class="wrong" id="user-code-wrong" role="alert">${escapeHtml(wrong)}</p>\n`
  const content = `<h1>Connect a device</h1>
<p class="lead">Type the code shown by the app on your device.</p>
<form method="post" action="/device">
<div class="field">
<label for="user-code">Code</label>
<input id="user-code" name="user_code" type="text" value="${escapeHtml(typed)}" required autofocus maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="${described}"${wrong === undefined ? '' : ' aria-invalid="true"'}>
${complaint}<p class="hint" id="user-code-hint">Eight letters. The dash is optional.</p>
</div>
<div class="actions">
<button class="allow" type="submit">Continue</button>
</div>
</form>`
  return pageReply({ title: 'Connect a device', content })
}

/** Returns the consent page of the device flow. Its form carries the user code, so the server need not track it. */
export function deviceConsentPage(code: DeviceCode, accounts: ReadonlyMap<string, EmulatorAccount>): Reply {
  const { client, userCode, scopes } = code
  const [preselected] = accounts.values()
  if (preselected === undefined) throw new Error('the emulator has no account')
  const appName = client.name ?? client.clientId
  const content = `<h1>${escapeHtml(appName)} wants to use your Google account</h1>
<p class="lead">Choose an account and what the app may do with it.</p>
<p class="user-code">Continue only if your device shows this code. <strong>${escapeHtml(userCode)}</strong></p>
<form method="post" action="/device">
<input type="hidden" name="user_code" value="${escapeHtml(userCode)}">
${consentChoices({ accounts, preselected, scopes, canLimit: true })}
</form>
<details>
<summary>About this request</summary>
<dl>
<div><dt>Client</dt><dd><code>${breakableHtml(client.clientId)}</code></dd></div>
<div><dt>The response goes to</dt><dd>The device, when it next polls</dd></div>
<div><dt>Access while you are away</dt><dd>Yes, with a refresh token</dd></div>
</dl>
</details>`
  return pageReply({ title: `Connect a device to ${appName}`, content })
}

/** Returns the last page of the device flow. Without an account, the user denied access. */
export function deviceResultPage(code: DeviceCode, account: EmulatorAccount | undefined): Reply {
  const appName = `<strong>${escapeHtml(code.client.name ?? code.client.clientId)}</strong>`
  const outcome =
    account === undefined
      ? `${appName} gets no access and is notified.`
      : `${appName} may now use the account ${escapeHtml(account.email)}. Your device continues automatically.`
  const content = `<h1>You can go back to your device</h1>
<p class="lead">${outcome}</p>
<p class="hint">You can close this tab.</p>`
  return pageReply({ title: account === undefined ? 'Device not connected' : 'Device connected', content })
}
