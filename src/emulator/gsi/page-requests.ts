import { javascriptOriginError } from '../answers/javascript-origin-error.ts'
import { calledByForeignPage } from '../http/caller.ts'
import { withOrigin } from '../http/cross-origin.ts'
import { type Call, noStore, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { revokeGrant } from '../records/grants.ts'
import { findAccount, ownerKey } from '../records/state.ts'

/**
 * Handles `GET /gsi/relay`: tells a page whether its sign-in window is open and what came of it. Only the origin that
 * the window was opened for gets an answer.
 */
export function relayEndpoint({ windows }: LocalGoogle, { query, headers }: Call): Reply {
  const window = windows.find(query.get('id') ?? '')
  if (window === undefined || window.origin !== headers.origin) return forPage(headers.origin, 200, {})
  const { isOpen, answer } = window
  return forPage(headers.origin, 200, { isOpen, ...(answer !== undefined && { answer }) })
}

/** Handles `POST /gsi/window`: one of the emulator's own pages reports that it opens or closes. */
export function windowEndpoint(google: LocalGoogle, call: Call): Reply {
  const window = google.windows.find(call.query.get('id') ?? '')
  if (calledByForeignPage(google, call)) return forPage(undefined, 403, {})
  if (window !== undefined) window.isOpen = call.query.get('open') === '1'
  return forPage(undefined, 200, {})
}

/** Handles `GET /gsi/status`: tells a page whether Google would show the prompt, with the reason if it would not. */
export function statusEndpoint({ state }: LocalGoogle, { query, headers }: Call): Reply {
  const reason = pageProblem(state, query.get('client_id'), headers.origin)
  return reason === undefined ? forPage(headers.origin, 200, {}) : forPage(headers.origin, 403, { reason })
}

/** Handles `POST /gsi/revoke`: revokes a user's grant to the project of a page's client. */
export function revokeForPageEndpoint(google: LocalGoogle, { form, headers }: Call): Reply {
  const clientId = form.get('client_id') ?? ''
  const error = pageProblem(google.state, clientId, headers.origin)
  if (error !== undefined) return forPage(headers.origin, 403, { successful: false, error })
  const account = findAccount(google.state, form.get('login_hint') ?? '')
  const grant = account === undefined ? undefined : google.state.grants.get(ownerKey(clientId, account.sub))
  if (grant === undefined) return forPage(headers.origin, 200, { successful: false, error: 'Invalid hint.' })
  revokeGrant(google, grant)
  return forPage(headers.origin, 200, { successful: true })
}

function pageProblem(
  { clients }: LocalGoogle['state'],
  clientId: string | null,
  origin: string | undefined,
): 'invalid_client' | 'unregistered_origin' | undefined {
  const client = clients.get(clientId ?? '')
  if (client?.type !== 'web') return 'invalid_client'
  return javascriptOriginError(client, origin ?? '') === undefined ? undefined : 'unregistered_origin'
}

function forPage(origin: string | undefined, status: number, body: object): Reply {
  const headers = { ...noStore, 'content-type': 'application/json; charset=utf-8', vary: 'Origin' }
  return withOrigin({ status, headers, body: JSON.stringify(body) }, origin)
}
