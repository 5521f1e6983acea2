import type { EmulatorClient } from '../records/built-in.ts'
import { loopbackHosts } from '../records/registered-redirect-uri.ts'
import { type AuthorizationError, originHelpUrl } from './authorization-error.ts'

/**
 * Returns the problem with a page that signs users in with Google's library (evidence B12), or undefined if its origin
 * is registered. A client whose origins are unknown accepts the pages of this machine.
 */
export function javascriptOriginError(client: EmulatorClient, origin: string): AuthorizationError | undefined {
  const { javascriptOrigins } = client
  const isKnown =
    javascriptOrigins?.includes(origin) ?? (URL.canParse(origin) && loopbackHosts.has(new URL(origin).hostname))
  if (isKnown) return undefined
  if (javascriptOrigins?.length === 0)
    return { code: 'invalid_client', status: 401, description: 'no registered origin' }
  return {
    code: 'origin_mismatch',
    status: 400,
    description:
      "\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy.\n\nIf you're the app developer, register the JavaScript origin in the Google Cloud Console.\n  ",
    helpUrl: originHelpUrl,
    details: [{ name: 'origin', value: origin }],
  }
}
