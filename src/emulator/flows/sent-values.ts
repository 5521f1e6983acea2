import type { Flow } from '../../flows/flow.ts'

/**
 * Returns the values of a parameter in all steps with a name, oldest first; undefined where it is secret or missing.
 * @example
 * import { sentValues, startEmulator } from 'gsa-cli/emulator'
 *
 * const google = await startEmulator()
 * const code = await google.createCode({ platform: 'android' })
 * const [web] = google.clients
 * await fetch(`${google.issuer}/token`, {
 *   method: 'POST',
 *   body: new URLSearchParams({
 *     grant_type: 'authorization_code',
 *     code,
 *     client_id: web.clientId,
 *     client_secret: web.clientSecret,
 *     redirect_uri: '',
 *   }),
 * })
 * console.log(sentValues(google.flows(), 'token-request', 'redirect_uri')) // [ '' ]
 * await google.close()
 */
export function sentValues(flows: readonly Flow[], step: string, name: string): readonly (string | undefined)[] {
  return flows
    .flatMap(({ steps }) => steps.filter((one) => one.name === step))
    .map(({ fields }) => fields.find((field) => field.name === name)?.value)
}
