/** Returns the error for an invalid library argument or control request field; developers see the message. */
export function invalid(message: string): RangeError {
  return new RangeError(message)
}

/** Returns true for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Returns the string in a field, or undefined if the field is absent.
 * @throws RangeError when it is something else.
 */
export function textOf(record: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = record[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid(`"${field}" must be a string`)
  return value
}

/**
 * Returns the list of strings in a field, or undefined if the field is absent.
 * @throws RangeError when it is something else.
 */
export function textsOf(record: Readonly<Record<string, unknown>>, field: string): readonly string[] | undefined {
  const value = record[field]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw invalid(`"${field}" must be a list of strings`)
  return value
}

/**
 * Returns the whole number in a field, or undefined if the field is absent.
 * @throws RangeError when it is something else, negative or larger than `most`.
 */
export function countOf(record: Readonly<Record<string, unknown>>, field: string, most: number): number | undefined {
  const value = record[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
    throw invalid(`"${field}" must be a whole number from 0 to ${most}`)
  return value
}

/**
 * Returns the boolean in a field, or undefined if the field is absent.
 * @throws RangeError when it is something else.
 */
export function flagOf(record: Readonly<Record<string, unknown>>, field: string): boolean | undefined {
  const value = record[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw invalid(`"${field}" must be true or false`)
  return value
}
