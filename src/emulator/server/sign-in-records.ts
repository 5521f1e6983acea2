import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { journalText } from '../records/journal.ts'
import type { SignInRequest } from '../records/sign-ins.ts'
import type { Route } from './router.ts'

// A list of secrets would leak the one that nobody thought of.
const publicMembers = new Set([
  'authuser',
  'error',
  'error_code',
  'error_description',
  'error_subtype',
  'expires_in',
  'hd',
  'interval',
  'iss',
  'prompt',
  'refresh_token_expires_in',
  'scope',
  'select_by',
  'token_type',
  'verification_uri',
  'verification_url',
])

const credentialNames = ['code', 'device_code', 'refresh_token']

/**
 * Begins a sign-in with a request that may be the first of one: an authorization request, also of a device, or a token
 * request with a credential that is unknown. Requests that repeat the credential belong to it, too.
 */
export function beginSignIn({ signIns }: LocalGoogle, route: Route | undefined, { form }: Call): string | undefined {
  const surface = route?.surface
  if (surface !== 'authorize' && surface !== 'device' && surface !== 'token') return undefined
  const signIn = signIns.begin()
  if (surface === 'token') for (const name of credentialNames) signIns.remember(form.get(name) ?? '', signIn)
  return signIn
}

const nothing = {}

/** Records the response to a request that began at a time of `performance`. */
export function recordAnswer(event: SignInRequest, reply: Reply, began: number): void {
  event.tookMs = Math.round(performance.now() - began)
  event.members = saidIn(reply)
}

/** Returns what a response says: its public members, and the lengths of the others. */
function saidIn({ members }: Reply): SignInRequest['members'] {
  if (members === undefined) return nothing
  const said: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(members)) {
    const text = String(value)
    // Only a description may repeat what the client sent.
    said[name] = !publicMembers.has(name) ? text.length : name === 'error_description' ? journalText(text, 1000) : text
  }
  return said
}
