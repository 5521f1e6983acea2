import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts'
import { safeText } from '../core/safe-to-print.ts'
import { masked, secretKind, withoutKnownSecrets } from '../failures/index.ts'

// Values are shown only if listed here. A list of secrets would leak the one that we did not think of.

const kinds: Readonly<Record<string, string>> = {
  access_token: 'access token',
  assertion: 'assertion',
  authorization: 'credentials',
  client_secret: 'client secret',
  code: 'authorization code',
  code_verifier: 'code verifier',
  device_code: 'device code',
  dpop: 'DPoP proof',
  id_token: 'ID token',
  nonce: 'nonce',
  refresh_token: 'refresh token',
  state: 'state',
  token: 'token',
  upload_id: 'upload session',
  user_code: 'user code',
}

const publicMembers = new Set([
  'error',
  'error_code',
  'error_description',
  'error_subtype',
  'error_uri',
  'expires_in',
  'interval',
  'issuer',
  'jwks_uri',
  'kind',
  'scope',
  'token_type',
  'verification_uri',
  'verification_url',
])
// OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2.
const discoveryMember = /^[a-z_]{1,80}_(?:endpoint|supported)$/
// RFC 7517 section 4: names a key, and holds no part of it.
const publicKeyMembers = ['kid', 'kty', 'alg', 'use']
// The errors of Google's APIs.
const publicErrorMembers = new Set(['code', 'domain', 'location', 'locationType', 'message', 'reason', 'status'])
const publicClaims = new Set([
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'email',
  'email_verified',
  'exp',
  'hd',
  'iat',
  'iss',
  'sub',
])

/** Returns a secret's kind and length, in place of the secret: `[access token, 218 characters]`. */
export function describeSecret(name: string, value: string): string {
  const bearer = /^Bearer (.*)$/is.exec(value)?.[1]
  if (bearer !== undefined) return `Bearer ${describeSecret('access_token', bearer)}`
  const kind = (Object.hasOwn(kinds, name) ? kinds[name] : undefined) ?? secretKind(value) ?? 'value'
  return `[${kind}, ${value.length} ${value.length === 1 ? 'character' : 'characters'}]`
}

/** Returns the lines for a JSON object in a response: public members as they are, others by kind and length. */
export function memberLines(object: JsonObject): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) => {
    if (name === 'error' && isJsonObject(value)) return errorLines(value)
    if (name === 'keys' && Array.isArray(value)) return value.map(keyLine)
    const line = `${safeText(name)}: ${isPublic(name) ? publicValue(value) : hiddenValue(name, value)}`
    return name === 'id_token' && typeof value === 'string' ? [line, ...idTokenLines(value)] : [line]
  })
}

const isPublic = (name: string): boolean => publicMembers.has(name) || discoveryMember.test(name)

function publicValue(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.map(publicValue).join(', ')
  return typeof value === 'string' ? safeText(masked(value)) : plainValue(value)
}

const plainValue = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : hiddenValue('', value)

function hiddenValue(name: string, value: unknown): string {
  if (typeof value === 'string') return describeSecret(name, value)
  if (Array.isArray(value)) return `[list of ${value.length}]`
  return isJsonObject(value) ? '[object]' : `[${typeof value}]`
}

function errorLines(error: JsonObject): readonly string[] {
  const { errors } = error
  const causes = Array.isArray(errors) ? errors.filter(isJsonObject) : []
  return [`error: ${publicErrorText(error)}`, ...causes.map((cause) => `  ${publicErrorText(cause)}`)]
}

function publicErrorText(error: JsonObject): string {
  return Object.entries(error)
    .filter(([name]) => publicErrorMembers.has(name))
    .map(([name, value]) => `${name}=${publicValue(value)}`)
    .join(', ')
}

function keyLine(key: unknown): string {
  if (!isJsonObject(key)) return 'key: [not an object]'
  // A key id looks random, and is public.
  const shown = publicKeyMembers.flatMap((name) =>
    typeof key[name] === 'string' ? [`${name}=${safeText(withoutKnownSecrets(key[name]))}`] : [],
  )
  return `key: ${shown.join(', ')}`
}

/** Returns lines for the header and the claims of an ID token. Without its signature, they prove nothing to anyone. */
function idTokenLines(token: string): readonly string[] {
  const [header, claims] = token.split('.', 2).map((part) => parseJsonObject(Buffer.from(part, 'base64url')))
  if (header === undefined || claims === undefined) return []
  return [
    `  header: ${keyLine(header).replace('key: ', '')}`,
    ...Object.entries(claims).map(([name, value]) => `  ${safeText(name)}: ${claimText(name, value)}`),
  ]
}

function claimText(name: string, value: unknown): string {
  if (!publicClaims.has(name)) return hiddenValue(name, value)
  const isTime = ['auth_time', 'exp', 'iat'].includes(name) && typeof value === 'number' && Math.abs(value) < 1e11
  if (isTime) return `${value} (${new Date(value * 1000).toISOString()})`
  // A client id, a subject and a hash may look random; they are public.
  return typeof value === 'string' ? safeText(withoutKnownSecrets(value)) : publicValue(value)
}
