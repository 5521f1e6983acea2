import { invalidTypes } from '../answers/drive-request-errors.ts'

const ofEveryFile = ['supportsAllDrives', 'supportsTeamDrives']

/** The Boolean parameters of the methods that have any. */
const booleans: Readonly<Record<string, readonly string[]>> = {
  'DriveFiles.List': [...ofEveryFile, 'includeItemsFromAllDrives', 'includeTeamDriveItems'],
  'DriveFiles.Get': [...ofEveryFile, 'acknowledgeAbuse'],
  'DriveFiles.Create': [
    ...ofEveryFile,
    'enforceSingleParent',
    'ignoreDefaultVisibility',
    'keepRevisionForever',
    'useContentAsIndexableText',
  ],
  'DriveFiles.Update': [...ofEveryFile, 'enforceSingleParent', 'keepRevisionForever', 'useContentAsIndexableText'],
  'DriveFiles.Copy': [...ofEveryFile, 'enforceSingleParent', 'ignoreDefaultVisibility', 'keepRevisionForever'],
  'DriveFiles.Delete': [...ofEveryFile, 'enforceSingleParent'],
}

const integers: Readonly<Record<string, readonly string[]>> = {
  'DriveFiles.List': ['pageSize'],
  'DriveFiles.GenerateIds': ['count'],
}

const isBoolean = (text: string): boolean => /^(?:true|false|[tfyn01]|yes|no)$/i.test(text)
const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text) && Number(text) === (Number(text) | 0)

/**
 * Checks the parameters of a method that are not text, each of their values (evidence B11).
 * @throws Refused with 400 that names every wrong value.
 */
export function refuseWrongTypes(method: string, query: URLSearchParams): void {
  if (query.size === 0) return
  const wrong = [...query].flatMap(([name, value]) => {
    const type =
      booleans[method]?.includes(name) && !isBoolean(value)
        ? 'TYPE_BOOL'
        : integers[method]?.includes(name) && !isInteger(value)
          ? 'TYPE_INT32'
          : undefined
    if (type === undefined) return []
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    return [{ field, description: `Invalid value at '${field}' (${type}), "${value}"` }]
  })
  if (wrong.length > 0) throw invalidTypes(wrong)
}

/** Returns whether a parameter is the word `true`; Google parses `1`, `t` and `yes`, but its checks ignore them. */
export function isTrue(query: URLSearchParams, ...names: readonly string[]): boolean {
  return query.size > 0 && names.some((name) => query.get(name)?.toLowerCase() === 'true')
}

/** Returns whether a request is for the content of a file. */
export function isMedia(query: URLSearchParams): boolean {
  return query.size > 0 && query.get('alt')?.toLowerCase() === 'media'
}
