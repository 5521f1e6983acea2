/** A JSON object as received. Check each member before use. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Returns whether a value is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Parses bytes as a JSON object. Returns undefined unless they are UTF-8 with an object at the top level. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Returns a member that is a string, or undefined. */
export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return typeof value === 'string' ? value : undefined
}
