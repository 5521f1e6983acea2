import { escapeHtml } from '../../core/escape-html.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { Reply } from '../http/reply.ts'
import { builtInClients, type EmulatorClient } from '../records/built-in.ts'
import { pageReply } from './page.ts'
import { shown } from './shown.ts'
import { gsaVariables, type Listening } from './shown-settings.ts'

/** A new code, and what is needed to exchange it. */
export interface CodePage extends Listening {
  readonly issuer: string
  readonly code: string
  readonly client: EmulatorClient
  readonly email: string
  readonly platform: string
}

/** The name of each platform, and the redirect URI that its codes are bound to (evidence B7). */
const apps: Record<string, { readonly name: string; readonly redirectUri: string } | undefined> = {
  android: { name: 'An Android app', redirectUri: '' },
  ios: { name: 'An iOS app', redirectUri: '' },
  'web-popup': { name: 'A web page with a popup', redirectUri: 'postmessage' },
}

/** Returns the page with a new code and the commands that exchange it. */
export function codePage({ address, caFile, issuer, code, client, email, platform }: CodePage): Reply {
  const { name = '', redirectUri = '' } = apps[platform] ?? {}
  // Your own client may be one of Google's: its secret stays off the page.
  const isBuiltIn = builtInClients.some(({ clientId }) => clientId === client.clientId)
  const fields = {
    grant_type: 'authorization_code',
    client_id: client.clientId,
    client_secret: isBuiltIn ? client.clientSecret : 'YOUR_CLIENT_SECRET',
    redirect_uri: redirectUri,
    code,
  }
  const data = Object.entries(fields).map(([field, value]) => `-d ${shellWord(`${field}=${formValue(value)}`)}`)
  const boundTo = redirectUri === '' ? 'empty' : `<code>${redirectUri}</code>`
  const content = `<h1>Your code</h1>
<p class="lead">${name} would send this code to your backend. It belongs to <strong>${shown(email)}</strong> and <strong>${shown(client.name ?? client.clientId)}</strong>, works once and expires in 10 minutes. Its redirect URI is ${boundTo}.</p>
<label class="copied">Code<textarea rows="2" readonly spellcheck="false">${escapeHtml(code)}</textarea></label>
<h2>Exchange it with gsa</h2>
${
  issuer === address
    ? withGsa({ address, caFile }, isBuiltIn, `--from ${platform}`, code)
    : `<p class="hint">gsa expects the issuer at its own address, but this emulator names <code>${escapeHtml(issuer)}</code>. Use curl or your backend.</p>`
}
<h2>Or with curl</h2>
${isBuiltIn ? '' : '<p class="hint">Replace <code>YOUR_CLIENT_SECRET</code>.</p>\n'}${command(['curl', ...(caFile === undefined ? [] : [`--cacert ${shellWord(caFile)}`]), ...data, `${address}/token`])}
<p><a href="/">Back to the overview</a></p>`
  return pageReply({ title: 'Your code', content })
}

/** Returns the gsa commands for an emulator whose issuer is its address. */
function withGsa(listening: Listening, isBuiltIn: boolean, from: string, code: string): string {
  const { address, caFile } = listening
  const { port } = new URL(address)
  const [first, ...others] = caFile === undefined ? [] : gsaVariables(listening)
  const file = 'client_secret_web.json'
  const at = first === undefined && port !== '' ? [`--port ${port}`] : []
  const save = [
    ...(first === undefined ? [] : [first]),
    'gsa emulator client-secrets',
    '--type web',
    ...at,
    `> ${file}`,
  ]
  const prepare = isBuiltIn
    ? `<p class="hint">Once, save the client secrets file of the built-in client:</p>\n${command(save)}`
    : `<p class="hint">Replace <code>${file}</code> with the file of your client.</p>`
  return `${prepare}
${command([...others, 'gsa exchange', `--issuer ${address}`, `--client-secrets ${file}`, from, code])}`
}

/** Returns a command that one click selects. It may break only between its parts, so that an option stays whole. */
function command(parts: readonly string[]): string {
  const words = parts.map((part) => `<span class="part">${escapeHtml(part)}</span>`)
  return `<pre class="command"><code>${words.join(' ')}</code></pre>`
}

function formValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%2F', '/')
}
