import { hasDuplicateMembers } from '../core/duplicate-members.ts'
import { parseJsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import { type CodeOrigin, parsePastedCode, type PastedCode } from '../oauth/pasted-code.ts'

/** The request of an app: a code, with an optional ID token. */
export interface CodeRequest {
  readonly code: Secret
  /** `authCode` is from a phone, `code` and a bare code from the web pop-up; it determines the redirect URI. */
  readonly origin: Extract<CodeOrigin, 'android' | 'web-popup'>
  /** How often the app percent-encoded the code in the field's value; it should not do that at all. */
  readonly encodings: number
  readonly idToken: Secret | undefined
}

const mobileFields = ['authCode', 'serverAuthCode', 'auth_code', 'server_auth_code'] as const
const codeFields = [...mobileFields, 'code'] as const
const idTokenFields = ['idToken', 'id_token'] as const

/**
 * The accepted media types; the last one is the bare code, as in the first web sample of the guides.
 */
const bodyTypes = ['application/x-www-form-urlencoded', 'application/json', 'application/octet-stream'] as const

type BodyType = (typeof bodyTypes)[number]

/** Returns the media type of a body, if it is accepted. @throws Failure `request_type_refused` */
export function bodyType(contentType: string | undefined): BodyType {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase())
  const known = bodyTypes.find((one) => one === type)
  const isUtf8 = parameters.every((one) => !one.startsWith('charset=') || /^charset="?(?:utf-8|us-ascii)"?$/.test(one))
  if (known === undefined || !isUtf8) throw new Failure('request_type_refused', { type: contentType ?? '' })
  return known
}

/**
 * Finds the code in a body. Refuses requests that would confuse a backend: two codes, a repeated field, an invalid
 * body.
 * @throws Failure `request_body_invalid`, `code_missing`, `code_malformed`
 */
export function parseCodeRequest(type: BodyType, body: Buffer): CodeRequest {
  if (type === 'application/octet-stream') return { ...codeOf(utf8Text(body), 'web-popup'), idToken: undefined }
  const fields = type === 'application/json' ? jsonFields(body) : formFields(body)
  const present = codeFields.filter((name) => fields.has(name))
  const [name] = present
  if (name === undefined)
    throw new Failure('code_missing', { found: `the body has no authCode and no code${namesIn(fields)}` })
  if (present.length > 1) throw invalid(`it has two codes, ${present.join(' and ')}`)
  const idTokens = idTokenFields.flatMap((field) => fields.get(field) ?? [])
  if (idTokens.length > 1) throw invalid('it has two ID tokens')
  return {
    ...codeOf(fields.get(name) ?? '', name === 'code' ? 'web-popup' : 'android'),
    idToken: idTokens[0] === undefined || idTokens[0] === '' ? undefined : new Secret(idTokens[0]),
  }
}

function codeOf(value: string, origin: CodeRequest['origin']): Pick<CodeRequest, 'code' | 'encodings' | 'origin'> {
  let pasted: PastedCode
  try {
    pasted = parsePastedCode(value)
  } catch (error) {
    // The field contains the response of a denied consent, which explains why there is no code.
    if (isFailure(error, 'consent_denied')) throw new Failure('code_missing', { found: 'it says access_denied' })
    throw error
  }
  // The field says which redirect URI gsa sends; another one would waste the code.
  if (!pasted.allows.includes(origin))
    throw new Failure('code_malformed', {
      problem: `it is in ${[pasted.shape, pasted.evidence ?? ''].filter((part) => part !== '').join(', ')}, so it is not from ${origin}`,
    })
  return { code: pasted.code, encodings: pasted.encodings, origin }
}

function formFields(body: Buffer): ReadonlyMap<string, string> {
  const text = utf8Text(body)
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw repeated(name)
    fields.set(name, value)
  }
  return fields
}

function jsonFields(body: Buffer): ReadonlyMap<string, string> {
  const object = parseJsonObject(body)
  if (object === undefined) throw invalid('it is not a JSON object')
  if (hasDuplicateMembers(body.toString('utf8'))) throw invalid('it has a duplicate member')
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'string') fields.set(name, value)
    else if (value === null && !idTokenFields.some((known) => known === name)) fields.set(name, 'null')
    else if (value === null) continue
    else if ([...codeFields, ...idTokenFields].some((known) => known === name)) throw invalid(`its ${name} is not text`)
  }
  return fields
}

function utf8Text(body: Buffer): string {
  const text = body.toString('utf8')
  if (text.includes('�')) throw invalid('it is not UTF-8')
  return text
}

function namesIn(fields: ReadonlyMap<string, string>): string {
  const names = [...fields.keys()].filter((name) => /^\w{1,30}$/.test(name)).slice(0, 8)
  return names.length === 0 ? '' : ` (only ${names.join(', ')})`
}

function repeated(name: string): Failure {
  return codeFields.some((field) => field === name)
    ? invalid(`it has two codes, ${name} twice`)
    : invalid(`it has ${/^\w{1,30}$/.test(name) ? name : 'a field'} twice`)
}

function invalid(problem: string): Failure {
  return new Failure('request_body_invalid', { problem })
}
