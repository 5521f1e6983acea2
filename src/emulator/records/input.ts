/** A wrong argument of the library or a wrong field of a control request; the message is shown to the developer. */
export function invalid(message: string): RangeError {
  return new RangeError(message)
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The text in a field, undefined when the field is absent.
 * @throws RangeError when it is something else.
 */
export function textOf(record: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = record[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid(`"${field}" must be a string`)
  return value
}

/**
 * The list of texts in a field, undefined when the field is absent.
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
 * The whole number in a field, undefined when the field is absent.
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
 * The yes or no in a field, undefined when the field is absent.
 * @throws RangeError when it is something else.
 */
export function flagOf(record: Readonly<Record<string, unknown>>, field: string): boolean | undefined {
  const value = record[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw invalid(`"${field}" must be true or false`)
  return value
}
