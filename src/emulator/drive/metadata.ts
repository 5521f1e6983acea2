import { invalidValue } from './errors.ts'
import { isRecord } from '../input.ts'

/** What a client may write of a file; undefined where it did not say. */
export interface WritableFields {
  id?: string
  name?: string
  mimeType?: string
  description?: string
  originalFilename?: string
  starred?: boolean
  parents?: string[]
  createdMs?: number
  modifiedMs?: number
  /** A value of null removes the property. */
  appProperties?: Record<string, unknown>
  properties?: Record<string, unknown>
}

/**
 * The writable members of a metadata object; the rest is ignored.
 *
 * @throws Refused when one has the wrong type.
 */
export function readFields(metadata: Record<string, unknown>): WritableFields {
  const fields: WritableFields = {}
  for (const name of ['id', 'name', 'mimeType', 'description', 'originalFilename'] as const) {
    const value = metadata[name]
    if (typeof value === 'string') fields[name] = value
    else if (value !== undefined && value !== null) throw invalidValue(name)
  }
  if (typeof metadata['starred'] === 'boolean') fields.starred = metadata['starred']
  const { parents } = metadata
  if (Array.isArray(parents) && parents.length > 0) fields.parents = parents.map((parent) => String(parent))
  for (const [name, target] of [
    ['createdTime', 'createdMs'],
    ['modifiedTime', 'modifiedMs'],
  ] as const) {
    const value = metadata[name]
    if (value === undefined || value === null) continue
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isNaN(time)) throw invalidValue(name)
    fields[target] = time
  }
  for (const name of ['appProperties', 'properties'] as const) {
    const value = metadata[name]
    if (isRecord(value)) fields[name] = value
  }
  return fields
}

/** A property set to null is removed. */
export function withoutNulls(properties: Record<string, unknown>): Record<string, string> {
  const kept = Object.entries(properties).filter(([, value]) => value !== null)
  return Object.fromEntries(kept.map(([key, value]) => [key, String(value)]))
}
