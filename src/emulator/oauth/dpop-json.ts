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
  if (hasDuplicates(text)) throw invalid(`The ${name} of the DPoP proof must not have the same member twice`)
  return value
}

/** Returns whether an object in valid JSON has a member twice, which JSON.parse does not reveal. */
function hasDuplicates(json: string): boolean {
  const open: Set<unknown>[] = []
  for (const [token, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const names = open.at(-1)
      const name: unknown = JSON.parse(token.slice(0, -colon.length))
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}
