import { javascriptString } from './literals.ts'
import { filled, type SnippetFile, type SnippetValues } from './snippet-file.ts'

/** Returns a web page with the pop-up of Google Identity Services. */
export function web({ clientId, scopes }: SnippetValues): readonly SnippetFile[] {
  const content = filled(template, {
    clientId: javascriptString(clientId),
    scopes: scopes.map((scope) => javascriptString(scope)).join(',\n    '),
  })
  return [{ name: 'index.html', language: 'html', content }]
}

const template = String.raw`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Connect Google Drive</title>
<!-- Serve this page from the origin of your backend, and register that origin for the web client ("Authorized JavaScript
     origins"); for a try-out, http://localhost and http://localhost:8080, both. If your site sends Cross-Origin-Opener-Policy, it
     must be same-origin-allow-popups. -->
<button id="connect" type="button">Connect Google Drive</button>
<p id="status" role="status"></p>

<script src="https://accounts.google.com/gsi/client" defer></script>
<script type="module">
  // A module runs after the deferred script above it.
  const clientId = «clientId»
  const scopes = [
    «scopes»,
  ]
  const say = (text) => (document.querySelector('#status').textContent = text)

  const codeClient = google.accounts.oauth2.initCodeClient({
    client_id: clientId,
    scope: scopes.join(' '),
    ux_mode: 'popup',
    callback: (response) => {
      // access_denied: the user did not consent
      if (response.error) say('Not connected: ' + response.error)
      else sendCode(response.code)
    },
    // popup_closed: by the user; popup_failed_to_open: the browser blocked it
    error_callback: (error) => say('Not connected: ' + error.type),
  })

  async function sendCode(code) {
    try {
      const response = await fetch('/authcode', {
        method: 'POST',
        // Pages of other origins cannot send this header. This protects your backend, so never allow it with CORS.
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
        // The field name code tells the backend to exchange it with redirect_uri=postmessage.
        body: new URLSearchParams({ code }),
        redirect: 'error',
      })
      say(response.ok ? 'Connected' : 'The backend responded with ' + response.status)
    } catch {
      // The code may have arrived, and works only once. Do not resend it: get a new one.
      say('The backend could not be reached')
    }
  }

  // Call it from a click, otherwise the browser blocks the pop-up.
  document.querySelector('#connect').addEventListener('click', () => codeClient.requestCode())
</script>
</html>
`
