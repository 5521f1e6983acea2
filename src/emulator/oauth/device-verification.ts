import { encodeAuthorizationError } from '../answers/authorization-error.ts'
import { calledByForeignPage, pageOrigin } from '../http/caller.ts'
import { type Call, frontEndError, redirectReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { deviceConsentPage, deviceResultPage, userCodePage } from '../pages/device-page.ts'
import { readConsent } from './consent-answer.ts'
import { approveDevice, findByUserCode, hasExpired } from './device-authorization.ts'

/**
 * Handles `/device`, the verification URI (RFC 8628 section 3.3): GET shows the form for the user code, prefilled from
 * the query; POST with only a user code shows the consent page, and with a decision records it.
 */
export function verificationEndpoint(google: LocalGoogle, call: Call): Reply {
  // Prefilled, but not submitted: users first compare the code with their device (section 3.3.1).
  if (call.method !== 'POST') return userCodePage(call.query.get('user_code') ?? '')
  // A foreign page must not press Allow in the developer's browser.
  if (calledByForeignPage(google, call))
    return frontEndError(403, 'Forbidden', 'This form was not sent from the device page.')
  const typed = call.form.get('user_code') ?? ''
  const code = findByUserCode(google, typed)
  if (code === undefined) return userCodePage(typed, 'There is no such code. Compare it with the code on your device.')
  if (hasExpired(google, code)) return userCodePage('', 'This code has expired. Get a new one on your device.')
  if (code.answer !== undefined)
    return userCodePage('', 'This code has already been used. Get a new one on your device.')

  if (!call.form.has('decision')) return deviceConsentPage(code, google.state.accounts)
  const given = readConsent(google, call.form, code.scopes)
  if (given === undefined) {
    code.answer = { status: 403, error: 'access_denied', description: 'Forbidden' }
    return deviceResultPage(code, undefined)
  }
  const error = approveDevice(google, code, given)
  if (error !== undefined) {
    const query = new URLSearchParams({ authError: encodeAuthorizationError(error), client_id: code.client.clientId })
    return redirectReply(`${pageOrigin(google, call)}/signin/oauth/error?${query.toString()}`)
  }
  return deviceResultPage(code, given.account)
}
