import { type Folder, placeOf, type StoredFile } from '../records/folder.ts'
import { type Batch, generatedFile } from '../records/generated-files.ts'
import type { Order } from './order.ts'
import type { Predicate } from './query.ts'

/** Returns the first `size` files that satisfy `wanted`, newest first, from before the sequence number `before`. */
export function newestPage(
  folder: Folder,
  wanted: Predicate,
  size: number,
  before = Number.POSITIVE_INFINITY,
): readonly StoredFile[] {
  return firstWanted(newestFirst(folder, before), wanted, size)
}

/** Returns the first `size` files that satisfy `wanted`, in the given order, from after `position`. */
export function orderedPage(
  folder: Folder,
  wanted: Predicate,
  size: number,
  { order, position }: { readonly order: Order; readonly position: StoredFile | undefined },
): readonly StoredFile[] {
  const behind = (file: StoredFile): boolean => position === undefined || order(file, position) > 0
  const stored = smallest(folder.ordered, (file) => behind(file) && wanted(file), { size, order })
  const generated = folder.batches.flatMap((batch) =>
    firstWanted(generatedInOrder(folder, batch, order, behind), wanted, size),
  )
  return [...stored, ...generated].toSorted(order).slice(0, size)
}

function firstWanted(files: Iterable<StoredFile>, wanted: Predicate, size: number): readonly StoredFile[] {
  const page: StoredFile[] = []
  for (const file of files) {
    if (!wanted(file)) continue
    page.push(file)
    if (page.length === size) break
  }
  return page
}

function* newestFirst(folder: Folder, before: number): Iterable<StoredFile> {
  const { ordered } = folder
  let at = placeOf(folder, before) - 1
  for (const batch of folder.batches.toReversed()) {
    const last = Math.min(batch.firstSequence + batch.count, before) - 1
    for (let sequence = last; sequence >= batch.firstSequence; sequence--) {
      // A changed generated file is now a stored one, with a sequence number inside the batch.
      for (let newer = ordered[at]; newer !== undefined && newer.sequence >= sequence; newer = ordered[at]) {
        yield newer
        at--
      }
      const index = sequence - batch.firstSequence
      if (!batch.removed.has(index)) yield generatedFile(folder, batch, index)
    }
  }
  for (let rest = ordered[at]; rest !== undefined; rest = ordered[at]) {
    yield rest
    at--
  }
}

/** Returns the `size` first files in the given order, without sorting all the others. */
function smallest(
  files: readonly StoredFile[],
  wanted: Predicate,
  { size, order }: { readonly size: number; readonly order: Order },
): readonly StoredFile[] {
  const room = Math.max(2 * size, 1000)
  let kept: StoredFile[] = []
  let worst: StoredFile | undefined
  for (const file of files) {
    if ((worst !== undefined && order(file, worst) > 0) || !wanted(file)) continue
    kept.push(file)
    if (kept.length < room) continue
    kept = kept.toSorted(order).slice(0, size)
    worst = kept.at(-1)
  }
  return kept.toSorted(order).slice(0, size)
}

/**
 * Yields the files of a batch in the given order, from the first one past the position. They differ only in number and
 * name, and names increase with numbers, so every order runs through a batch either forwards or backwards, and nothing
 * needs sorting.
 */
function* generatedInOrder(folder: Folder, batch: Batch, order: Order, behind: Predicate): Iterable<StoredFile> {
  const forwards = order(generatedFile(folder, batch, 0), generatedFile(folder, batch, 1)) < 0
  const at = (place: number): number => (forwards ? place : batch.count - 1 - place)
  let [low, high] = [0, batch.count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (behind(generatedFile(folder, batch, at(middle)))) high = middle
    else low = middle + 1
  }
  for (let place = low; place < batch.count; place++) {
    if (!batch.removed.has(at(place))) yield generatedFile(folder, batch, at(place))
  }
}
