import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { createButton } from './button-script.ts'
import { startHtmlApi } from './html-script.ts'
import { createId } from './id-script.ts'
import { createLoginForm } from './login-form-script.ts'
import { createOAuth2 } from './oauth2-script.ts'
import { createPrompt } from './prompt-script.ts'
import { createPageWindows } from './sign-in-windows-script.ts'

/**
 * Handles `/gsi/client`: our library for pages, with the names of Google Identity Services. It consists of the sources
 * of the functions in this folder, so that the compiler and the linter check them.
 */
export function clientLibraryEndpoint({ issuer }: LocalGoogle, _call: Call): Reply {
  return {
    status: 200,
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      // The issuer is part of the text, for pages that run it other than by a script tag.
      'cache-control': 'no-cache',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    },
    body: `(() => {
const { currentScript } = document
const issuer = currentScript ? new URL(currentScript.src).origin : ${JSON.stringify(issuer)}
const windows = (${String(createPageWindows)})(window, issuer)
const prompts = (${String(createPrompt)})(window, windows, issuer)
const loginForm = (${String(createLoginForm)})(window, windows.randomId)
const createButton = ${String(createButton)}
const id = (${String(createId)})(window, { windows, prompts, loginForm, issuer, createButton })
const oauth2 = (${String(createOAuth2)})(window, windows, issuer)
window.google = { ...window.google, accounts: { id, oauth2 } }
;(${String(startHtmlApi)})(window, id)
})()
`,
  }
}
