import { unusableClient } from '../answers/admission.ts'
import { type Call, refusal } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorClient } from '../records/built-in.ts'

/**
 * Authenticates the client by body or HTTP Basic (RFC 6749 section 2.3.1). Every type of client has a secret and must
 * send it.
 * @throws Refused in Google's words (evidence B3).
 */
export function authenticateClient(
  google: LocalGoogle,
  call: Call,
  parameters: { readonly client_id?: string; readonly client_secret?: string },
): EmulatorClient {
  // A Basic header without credentials has its own answer, not that of a request without a client id.
  if (/^basic *$/i.test(call.headers.authorization ?? '')) throw refusal(400, 'invalid_request', 'Bad Request')
  const basic = readBasic(call.headers.authorization)
  if (basic !== undefined && parameters.client_id && basic.clientId !== parameters.client_id) {
    const description = 'Credentials in post body and basic Authorization header do not match'
    throw refusal(400, 'invalid_request', description)
  }
  const clientId = basic?.clientId ?? parameters.client_id
  const clientSecret = basic?.clientSecret ?? parameters.client_secret
  const client = identifyClient(google, clientId)
  if (!clientSecret) throw refusal(400, 'invalid_request', 'client_secret is missing.')
  if (clientSecret !== client.clientSecret)
    throw refusal(401, 'invalid_client', 'The provided client secret is invalid.')
  return client
}

/**
 * Returns the client with an id.
 * @throws Refused when none is named, or it is unknown, deleted or disabled.
 */
export function identifyClient(google: LocalGoogle, clientId: string | undefined): EmulatorClient {
  if (!clientId) throw refusal(400, 'invalid_request', 'Could not determine client ID from request.')
  const client = google.state.clients.get(clientId)
  if (client === undefined) throw refusal(401, 'invalid_client', 'The OAuth client was not found.')
  const unusable = unusableClient(client)
  if (unusable !== undefined) throw refusal(unusable.status, unusable.code, unusable.description)
  return client
}

/** Returns the client id and secret of an HTTP Basic header (RFC 6749 section 2.3.1). */
export function readBasic(
  header: string | undefined,
): { readonly clientId: string; readonly clientSecret: string } | undefined {
  const encoded = /^basic +(\S+)$/i.exec(header ?? '')?.[1]
  if (!encoded) return undefined
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  if (colon < 0) return undefined
  return { clientId: formDecode(pair.slice(0, colon)), clientSecret: formDecode(pair.slice(colon + 1)) }
}

function formDecode(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? text
}
