import { escapeHtml } from '../../core/escape-html.ts'
import type { Reply } from '../http/reply.ts'
import { pageReply } from './page.ts'

/**
 * Returns the authorization response of `response_mode=form_post` (OAuth 2.0 Form Post Response Mode section 2): a form
 * that submits itself to the redirect URI, with a button in case JavaScript is off.
 */
export function formPostPage(
  redirectUri: string,
  parameters: readonly (readonly [name: string, value: string])[],
): Reply {
  const target = new URL(redirectUri)
  const fields = parameters.map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  const content = `<h1>Back to the app</h1>
<p class="lead">Sending the response to ${escapeHtml(target.host)}.</p>
<form method="post" action="${escapeHtml(redirectUri)}">
${fields.join('\n')}
<div class="actions">
<button class="allow" type="submit">Continue</button>
</div>
</form>`
  const script = 'document.forms[0].submit()'
  const reply = pageReply({ title: 'Back to the app', content, script, formTarget: target })
  // An app may check where a form comes from; any stricter policy would make the browser send "Origin: null".
  return { ...reply, headers: { ...reply.headers, 'referrer-policy': 'origin' } }
}
