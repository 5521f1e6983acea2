import { parseJsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import { type CodeOrigin, parsePastedCode, type PastedCode } from '../oauth/pasted-code.ts'
import { hasDuplicateMembers } from '../oauth/strict-json.ts'

/** What an app sent: a code and, where it sent one along, an ID token. */
export interface CodeRequest {
  readonly code: Secret
  /** `authCode` comes from a phone, `code` and a bare code from the web pop-up: that decides the redirect URI. */
  readonly origin: Extract<CodeOrigin, 'android' | 'web-popup'>
  /** How often the code was percent-encoded in the value of its field; every one of them is a mistake of the app. */
  readonly encodings: number
  readonly idToken: Secret | undefined
}

const mobileFields = ['authCode', 'serverAuthCode', 'auth_code', 'server_auth_code'] as const
const codeFields = [...mobileFields, 'code'] as const
const idTokenFields = ['idToken', 'id_token'] as const

/**
 * The media types that a code may come as; the last one is the bare code that the first web sample of the guides sent.
 */
const bodyTypes = ['application/x-www-form-urlencoded', 'application/json', 'application/octet-stream'] as const

type BodyType = (typeof bodyTypes)[number]

/** The media type of a body, where it is one that a code may come as. @throws Failure `request_type_refused` */
export function bodyType(contentType: string | undefined): BodyType {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase())
  const known = bodyTypes.find((one) => one === type)
  const isUtf8 = parameters.every((one) => !one.startsWith('charset=') || /^charset="?(?:utf-8|us-ascii)"?$/.test(one))
  if (known === undefined || !isUtf8) throw new Failure('request_type_refused', { type: contentType ?? '' })
  return known
}

/**
 * Finds the code in a body. What a backend would stumble over is refused: two codes, a field
 * twice, a body that is broken.
 * @throws Failure `request_body_invalid`, `code_missing`, `code_malformed`
 */
export function parseCodeRequest(type: BodyType, body: Buffer): CodeRequest {
  if (type === 'application/octet-stream') return { ...codeOf(utf8Text(body)), origin: 'web-popup', idToken: undefined }
  const fields = type === 'application/json' ? jsonFields(body) : formFields(body)
  const present = codeFields.filter((name) => fields.has(name))
  const [name] = present
  if (name === undefined)
    throw new Failure('code_missing', { found: `the body has no authCode and no code${namesIn(fields)}` })
  if (present.length > 1) throw invalid(`it has two codes, ${present.join(' and ')}`)
  const idTokens = idTokenFields.flatMap((field) => fields.get(field) ?? [])
  if (idTokens.length > 1) throw invalid('it has two ID tokens')
  return {
    ...codeOf(fields.get(name) ?? ''),
    origin: name === 'code' ? 'web-popup' : 'android',
    idToken: idTokens[0] === undefined || idTokens[0] === '' ? undefined : new Secret(idTokens[0]),
  }
}

function codeOf(value: string): Pick<CodeRequest, 'code' | 'encodings'> {
  let pasted: PastedCode
  try {
    pasted = parsePastedCode(value)
  } catch (error) {
    // A field that holds the answer of a denied consent: there is a reason why there is no code.
    if (isFailure(error, 'consent_denied')) throw new Failure('code_missing', { found: 'it says access_denied' })
    throw error
  }
  return { code: pasted.code, encodings: pasted.encodings }
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
  if (hasDuplicateMembers(body.toString('utf8'))) throw invalid('it has a member twice')
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'string') fields.set(name, value)
    else if (value === null && !idTokenFields.some((known) => known === name)) fields.set(name, 'null')
    else if (value === null) continue
    else if ([...codeFields, ...idTokenFields].some((known) => known === name))
      throw invalid(`its ${name} is not a text`)
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
