/** A JSON object as it came over the wire. Check each member before use. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object: not null and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Parses bytes as a JSON object: UTF-8 only, nothing but an object at the top. Gives undefined for anything else. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A member that is a string, or undefined. */
export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return typeof value === 'string' ? value : undefined
}
