import { invalidValue } from '../answers/drive-errors.ts'
import { duplicateSortKeys } from '../answers/drive-request-errors.ts'
import type { StoredFile } from '../records/folder.ts'
import { folderMimeType } from './resource.ts'

/** The sort order of files in a response. */
export type Order = (left: StoredFile, right: StoredFile) => number

const newestFirst: Order = (left, right) => right.sequence - left.sequence

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
/** Only this much of a name is compared: a page token with a longer name would not fit in a request line. */
export const sortNameLength = 1000
const sortName = ({ name }: StoredFile): string => (name.length > sortNameLength ? name.slice(0, sortNameLength) : name)

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)
const byModification: Order = (left, right) => left.modifiedMs - right.modifiedMs

const sortKeys = new Map<string, Order>([
  ['name', (left, right) => compareText(sortName(left).toLowerCase(), sortName(right).toLowerCase())],
  ['name_natural', (left, right) => collator.compare(sortName(left), sortName(right))],
  ['createdTime', (left, right) => left.createdMs - right.createdMs],
  ['modifiedTime', byModification],
  ['modifiedByMeTime', byModification],
  ['viewedByMeTime', byModification],
  ['recency', byModification],
  ['quotaBytesUsed', (left, right) => (left.content?.size ?? 0) - (right.content?.size ?? 0)],
  ['folder', (left, right) => Number(right.mimeType === folderMimeType) - Number(left.mimeType === folderMimeType)],
  ['starred', (left, right) => Number(right.starred) - Number(left.starred)],
  ['sharedWithMeTime', () => 0],
])

/**
 * Reads `orderBy`; returns undefined when it is absent and files are listed newest first.
 * @throws Refused with "Invalid Value" at `orderBy` for an unknown key, and for a key named twice.
 */
export function parseOrder(text: string | null): Order | undefined {
  const names = new Set<string>()
  const keys = partsOf(text).map((part) => {
    const [, name = '', direction] = /^(\w+)(?:\s+(asc|desc))?$/.exec(part) ?? []
    const key = sortKeys.get(name)
    if (key === undefined) throw invalidValue('orderBy')
    if (names.size === names.add(name.replace('_natural', '')).size) throw duplicateSortKeys()
    return direction === 'desc' ? (left: StoredFile, right: StoredFile): number => key(right, left) : key
  })
  if (keys.length === 0) return undefined
  return (left, right) => {
    for (const key of keys) {
      const order = key(left, right)
      if (order !== 0) return order
    }
    return newestFirst(left, right)
  }
}

/** Returns whether `starred` follows another key of an `orderBy`, with which Drive fails. */
export function hasLaterStarred(text: string | null): boolean {
  return partsOf(text).some((part, index) => index > 0 && part.startsWith('starred'))
}

/** Returns the keys of an `orderBy` with their directions; empty ones do not count. */
function partsOf(text: string | null): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
