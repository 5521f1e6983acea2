import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { Failure } from '../../failures/index.ts'

/** The value of a field: text, or the JSON value that it represents. */
type FieldValue = string | number | boolean | null

/** A `name=value` argument from the command line. */
export interface Field {
  readonly name: string
  readonly value: FieldValue
}

/** Parses a field whose value is text. @throws Failure `usage` */
export function rawField(text: string): Field & { readonly value: string } {
  const at = text.indexOf('=')
  if (at < 1) throw new Failure('usage', { problem: `"${text}" is not a field; give NAME=VALUE.`, command: 'gsa api' })
  return { name: text.slice(0, at), value: text.slice(at + 1) }
}

/** Parses a field whose value may be true, false, null or a whole number, else text. @throws Failure `usage` */
export function typedField(text: string): Field {
  const { name, value } = rawField(text)
  const isTyped = /^(?:true|false|null|-?(?:0|[1-9]\d{0,14}))$/.test(value)
  return { name, value: isTyped ? (JSON.parse(value) as FieldValue) : value }
}

/** Returns the fields as JSON: `name[]=x` adds to a list, `name[member]=x` sets a member. @throws Failure `usage` */
export function objectOf(fields: readonly Field[]): JsonObject {
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const { name, value } of fields) {
    const [, outer = name, inner] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? []
    if (inner === undefined) object[outer] = value
    else if (inner === '') object[outer] = [...listAt(object, outer), value]
    else object[outer] = { ...memberAt(object, outer), [inner]: value }
  }
  return object
}

function listAt(object: JsonObject, name: string): readonly unknown[] {
  const before = object[name] ?? []
  if (!Array.isArray(before)) throw twoKinds(name)
  return before
}

function memberAt(object: JsonObject, name: string): JsonObject {
  const before = object[name] ?? {}
  if (!isJsonObject(before)) throw twoKinds(name)
  return before
}

function twoKinds(name: string): Failure {
  return new Failure('usage', {
    problem: `The field "${name}" mixes incompatible forms: NAME=…, NAME[]=… or NAME[MEMBER]=….`,
    command: 'gsa api',
  })
}
