import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { readBasic } from '../oauth/client-authentication.ts'
import { findByUserCode } from '../oauth/device-authorization.ts'
import type { JournalEntry } from '../records/journal.ts'
import { signInParameter } from '../records/sign-ins.ts'
import { findAccount } from '../records/state.ts'

/** The client, by its id or as it is registered, and the account of a request. */
interface Parties {
  readonly clientId?: string
  readonly client?: { readonly clientId: string }
  readonly account?: { readonly email: string }
  readonly signIn?: string | undefined
}

const clientIdParameter = /(?<=^|&)(client_id)=[^&]+/
const codeParameter = /(?<=[?&#])(code)=[^&#]+/
const signInIdParameter = new RegExp(`(?<=[?&]|^)(${signInParameter})=[^&]+`)
const tokenNames = ['access_token', 'oauth_token', 'refresh_token', 'token']
const credentialNames = ['code', 'device_code', ...tokenNames]

/**
 * Returns the client and the account of a request for the journal. It reads the request alone, so that it works for
 * every endpoint, and before the endpoint uses a code up or revokes a token.
 */
export function requestParties(google: LocalGoogle, call: Call): Pick<JournalEntry, 'clientId' | 'account' | 'signIn'> {
  const { state, signIns } = google
  const { authorization } = call.headers
  const [, bearer = ''] = authorization === undefined ? [] : (/^\S+ +(\S+) *$/.exec(authorization) ?? [])
  const authorized = state.accessTokens.get(bearer) ?? state.refreshTokens.get(bearer)
  if (authorized !== undefined)
    return {
      clientId: authorized.clientId,
      account: authorized.account.email,
      ...(authorized.signIn !== undefined && { signIn: authorized.signIn }),
    }
  // On Node 20, a search in URLSearchParams takes long, as does a loop.
  const parameters = new Map<string, string>()
  for (const sentParameters of [call.query, call.form])
    sentParameters.forEach((value, name) => {
      parameters.set(name, value)
    })
  const sent = (name: string): string => parameters.get(name) ?? ''
  const request = sent('request')
  const consented = valueIn(request, clientIdParameter)
  const named = sent('client_id') || consented || readBasic(authorization)?.clientId || ''
  const carried = carriedParties(google, sent)
  const clientId = state.clients.has(named) ? named : (carried?.clientId ?? carried?.client?.clientId)
  // Consent pages send the account that the user chose.
  const chosen = consented || sent('user_code') ? findAccount(state, sent('other') || sent('account')) : undefined
  const account = carried?.account ?? chosen
  const signIn =
    carried?.signIn ??
    signIns.of(bearer) ??
    signIns.of(sent(signInParameter) || valueIn(request, signInIdParameter)) ??
    credentialNames.map((name) => signIns.of(sent(name))).find((id) => id !== undefined)
  return partiesOf(clientId, account?.email, signIn)
}

function partiesOf(
  clientId: string | undefined,
  account: string | undefined,
  signIn: string | undefined,
): Pick<JournalEntry, 'clientId' | 'account' | 'signIn'> {
  return {
    ...(clientId !== undefined && { clientId }),
    ...(account !== undefined && { account }),
    ...(signIn !== undefined && { signIn }),
  }
}

/** Returns the parties behind the code, token or upload that a request carries. */
function carriedParties(google: LocalGoogle, sent: (name: string) => string): Parties | undefined {
  const { accessTokens, refreshTokens, codes, deviceCodes, uploads } = google.state
  for (const name of tokenNames) {
    const found = accessTokens.get(sent(name)) ?? refreshTokens.get(sent(name))
    if (found !== undefined) return found
  }
  const code = codes.get(sent('code')) ?? uploads.get(sent('upload_id'))?.token
  if (code !== undefined) return code
  const userCode = sent('user_code')
  const device =
    deviceCodes.get(sent('device_code') || sent('code')) ?? (userCode ? findByUserCode(google, userCode) : undefined)
  if (device === undefined) return undefined
  const { client, answer, signIn } = device
  return { client, signIn, ...(typeof answer === 'object' && 'account' in answer && { account: answer.account }) }
}

/** Returns the email address of the account that a redirect with a code is for. */
export function signedInAccount({ state }: LocalGoogle, { headers }: Reply): string | undefined {
  const { location } = headers
  if (typeof location !== 'string') return undefined
  return state.codes.get(valueIn(location, codeParameter))?.account.email
}

/** Returns the value of the parameter that a pattern matches in a query or an address; parsing all of it takes long. */
function valueIn(text: string, pattern: RegExp): string {
  const [parameter, name] = pattern.exec(text) ?? []
  return name === undefined ? '' : (new URLSearchParams(parameter).get(name) ?? '')
}
