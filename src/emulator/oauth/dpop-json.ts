import { hasDuplicateMembers } from '../../core/duplicate-members.ts'
import { invalid, isRecord } from '../records/input.ts'

/**
 * Returns the JSON object in a part of a compact JWS (RFC 7515 section 4: member names must be unique).
 * @throws RangeError naming the part when it is anything else.
 */
export function readJsonPart(part: Buffer, name: string): Readonly<Record<string, unknown>> {
  let value: unknown
  let text = ''
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part)
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!isRecord(value)) throw invalid(`The ${name} of the DPoP proof must be a JSON object`)
  if (hasDuplicateMembers(text)) throw invalid(`The ${name} of the DPoP proof must not have the same member twice`)
  return value
}
