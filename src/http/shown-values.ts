import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts'
import { safeText } from '../core/safe-to-print.ts'
import { masked, secretKind, withoutKnownSecrets } from '../failures/index.ts'
import type { FlowField } from '../flows/flow.ts'
import { fieldText } from '../flows/field-text.ts'
import { secretKindOf } from '../flows/secret-kinds.ts'

// Values are shown only if listed here. A list of secrets would leak the one that we did not think of.

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
  'htm',
  'htu',
  'iat',
  'iss',
  'sub',
])

/** Returns a field with a secret's kind and length in place of the secret. */
export function secretField(name: string, value: string, place: FlowField['place']): FlowField {
  const bearer = name === 'authorization' ? /^Bearer (.*)$/is.exec(value)?.[1] : undefined
  if (bearer !== undefined) return { ...secretField('access_token', bearer, place), name, value: 'Bearer' }
  const kind = secretKindOf(name) ?? secretKind(value) ?? 'value'
  return { name, secret: { kind, length: value.length }, place }
}

/** Returns the texts among the members of a JSON object that {@link memberFields} hides. */
export function hiddenMembers(object: JsonObject): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) =>
    typeof value === 'string' && !isPublic(name) ? [value] : [],
  )
}

/** Returns the members of a JSON object in a response: public members as they are, others by kind and length. */
export function memberFields(object: JsonObject): readonly FlowField[] {
  return Object.entries(object).flatMap(([name, value]): readonly FlowField[] => {
    if (name === 'error' && isJsonObject(value)) return [errorField(value)]
    if (name === 'keys' && Array.isArray(value)) return value.map((key) => keyField('key', key))
    const field = { ...(isPublic(name) ? publicField(value) : hiddenField(name, value)), name: safeText(masked(name)) }
    const contents = name === 'id_token' && typeof value === 'string' ? tokenContents(value) : []
    return [{ ...field, ...(contents.length > 0 && { contents }) }]
  })
}

/**
 * Returns the header and the claims of a signed token, such as an ID token or a DPoP proof. Without its signature, they
 * prove nothing to anyone.
 */
export function tokenContents(token: string): readonly FlowField[] {
  const [header, claims] = token.split('.', 2).map((part) => parseJsonObject(Buffer.from(part, 'base64url')))
  if (header === undefined || claims === undefined) return []
  return [
    headerField(header),
    ...Object.entries(claims).map(([name, value]) => ({ ...claimField(name, value), name: safeText(masked(name)) })),
  ]
}

const isPublic = (name: string): boolean => publicMembers.has(name) || discoveryMember.test(name)

const bodyField = (name: string, value: string): FlowField => ({ name, value, place: 'body' })

function publicField(value: unknown): FlowField {
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value)
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
  return isPlain || isList ? bodyField('', publicText(value)) : hiddenField('', value)
}

const plainWords = /^[a-z]{1,10}\d{0,3}(?:(?:[ _./,-]{1,3}|:\/\/)(?:[a-z]{1,10}\d{0,3}|\d{1,5}))*$/

/** Returns whether a text has only short words, so that {@link masked}, which takes longer, finds no secret in it. */
export function hasOnlyShortWords(text: string): boolean {
  return plainWords.test(text)
}

function publicText(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : value
  return typeof text === 'string' ? safeText(hasOnlyShortWords(text) ? text : masked(text)) : String(text)
}

function hiddenField(name: string, value: unknown): FlowField {
  if (typeof value === 'string') return secretField(name, value, 'body')
  if (Array.isArray(value)) return bodyField(name, `[list of ${value.length}]`)
  return bodyField(name, isJsonObject(value) ? '[object]' : `[${typeof value}]`)
}

function errorField(error: JsonObject): FlowField {
  const { errors } = error
  const causes = Array.isArray(errors) ? errors.filter(isJsonObject) : []
  const contents = causes.map((cause) => bodyField('cause', publicErrorText(cause)))
  return { ...bodyField('error', publicErrorText(error)), ...(contents.length > 0 && { contents }) }
}

function publicErrorText(error: JsonObject): string {
  return Object.entries(error)
    .filter(([name]) => publicErrorMembers.has(name))
    .map(([name, value]) => `${name}=${fieldText(publicField(value))}`)
    .join(', ')
}

function keyField(name: string, key: unknown): FlowField {
  if (!isJsonObject(key)) return bodyField(name, '[not an object]')
  // A key id looks random, and is public.
  const shown = publicKeyMembers.flatMap((member) =>
    typeof key[member] === 'string' ? [`${member}=${safeText(withoutKnownSecrets(key[member]))}`] : [],
  )
  return bodyField(name, shown.join(', '))
}

/** Returns the header of a signed token; that of a DPoP proof has a public key in it (RFC 9449 section 4.2). */
function headerField(header: JsonObject): FlowField {
  const { typ, jwk } = header
  const kind = typeof typ === 'string' ? `typ=${safeText(masked(typ))}, ` : ''
  const key = isJsonObject(jwk)
    ? `, jwk=${fieldText(publicField(jwk['kty']))} ${fieldText(publicField(jwk['crv']))}`
    : ''
  return bodyField('header', `${kind}${fieldText(keyField('header', header))}${key}`)
}

function claimField(name: string, value: unknown): FlowField {
  if (!publicClaims.has(name)) {
    const hidden = hiddenField(name, value)
    return hidden.secret?.kind === 'value' ? { ...hidden, secret: { ...hidden.secret, kind: 'private value' } } : hidden
  }
  const isTime = ['auth_time', 'exp', 'iat'].includes(name) && typeof value === 'number' && Math.abs(value) < 1e11
  if (isTime) return bodyField(name, `${value} (${new Date(value * 1000).toISOString()})`)
  // A client id, a subject and a hash may look random; they are public.
  return typeof value === 'string' ? bodyField(name, safeText(withoutKnownSecrets(value))) : publicField(value)
}
