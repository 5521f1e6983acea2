import { admissionError } from '../answers/admission.ts'
import { type Call, refusal } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorAccount, EmulatorClient } from '../records/built-in.ts'
import { singleParameter } from './parameters.ts'

const parameterNames = [
  'grant_type',
  'client_id',
  'client_secret',
  'code',
  'device_code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
] as const
type Parameters = Partial<Record<(typeof parameterNames)[number], string>>

/** A request of a client that has proved its identity. */
export interface TokenRequest {
  readonly call: Call
  readonly client: EmulatorClient
  readonly parameters: Parameters
  /** The issuer of the ID token. */
  readonly issuer: string
}

/**
 * Returns the parameters of a token request.
 * @throws Refused when one was sent twice.
 */
export function readParameters(call: Call): Parameters {
  const parameters: Parameters = {}
  for (const name of parameterNames) {
    const value = singleParameter(call, name)
    if (value !== undefined) parameters[name] = value
  }
  return parameters
}

/**
 * Throws if an administrator or an organization blocks the account, which also applies to tokens; the list of test
 * users is checked only at sign-in.
 */
export function refuseBlockedAccount(google: LocalGoogle, client: EmulatorClient, account: EmulatorAccount): void {
  const error = admissionError(google.state, client, account)
  if (error !== undefined && error.code !== 'access_denied') throw refusal(error.status, error.code, error.description)
}
