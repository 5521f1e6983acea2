import { protobufFields } from '../../core/protobuf.ts'

/** An authorization error that Google shows to the user and never sends to the redirect URI (evidence B2). */
export interface AuthorizationError {
  readonly code: string
  /** The HTTP status shown on the page; the page itself is served with 200. */
  readonly status: number
  readonly description: string
  readonly helpUrl?: string
  /** The "Request details" on the page. */
  readonly details?: readonly { readonly name: string; readonly value: string }[]
}

const protocols = 'https://developers.google.com/identity/protocols/oauth2'

/** Google's help page for a redirect URI that violates its policy. */
export const policyHelpUrl = `${protocols}/policies#secure-response-handling`
/** Google's help page for a redirect URI that is not registered. */
export const mismatchHelpUrl = `${protocols}/web-server#authorization-errors-redirect-uri-mismatch`
/** Google's help page for a JavaScript origin that is not registered. */
export const originHelpUrl = `${protocols}/javascript-implicit-flow#authorization-errors-origin-mismatch`
/** Google's help page for users whom an app in testing does not admit. */
export const testersHelpUrl = 'https://support.google.com/accounts/answer/3466521?p=app_notverified'

const lengthDelimited = 2

/**
 * Encodes the `authError` parameter: a small protobuf (1 code, 2 description, 3 help URL, 4 status, 5 details {1 name,
 * 2 value}) in base64url with its padding.
 */
export function encodeAuthorizationError(error: AuthorizationError): string {
  const details = (error.details ?? []).map(({ name, value }) =>
    bytesField(5, Buffer.concat([textField(1, name), textField(2, value)])),
  )
  const text = Buffer.concat([
    textField(1, error.code),
    textField(2, error.description),
    ...(error.helpUrl ? [textField(3, error.helpUrl)] : []),
    varint(4 << 3),
    varint(error.status),
    ...details,
  ]).toString('base64url')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Decodes the output of {@link encodeAuthorizationError}; returns undefined for anything else. */
export function decodeAuthorizationError(text: string): AuthorizationError | undefined {
  const fields = protobufFields(Buffer.from(text, 'base64url'))
  if (fields === undefined) return undefined
  const texts = (number: number): readonly string[] =>
    fields.flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [field.value.toString()] : []))
  const status = fields.find((field) => field.number === 4)?.value
  const [code] = texts(1)
  if (!code || typeof status !== 'number') return undefined
  const [helpUrl] = texts(3)
  const details = fields.flatMap(({ number, value }) => {
    if (number !== 5 || !Buffer.isBuffer(value)) return []
    const pair = (protobufFields(value) ?? []).map((field) =>
      Buffer.isBuffer(field.value) ? field.value.toString() : '',
    )
    return [{ name: pair[0] ?? '', value: pair[1] ?? '' }]
  })
  return { code, status, description: texts(2)[0] ?? '', ...(helpUrl && { helpUrl }), details }
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return Buffer.from([...bytes, rest])
}

function bytesField(number: number, value: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | lengthDelimited), varint(value.length), value])
}

function textField(number: number, value: string): Buffer {
  return bytesField(number, Buffer.from(value))
}
