import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isOwn } from './ownership.ts'

/**
 * Returns where this user's links lead from a path, up to one that satisfies `isEnd`. Not realpath: the kernel has to
 * apply its own rules to the folders on the way.
 * @throws Error at another user's link
 */
export function linkTarget(named: string, isEnd: (path: string) => boolean = () => false): string {
  let target = named
  refuseForeignLink(target)
  for (let links = 0; links < 40 && !isEnd(target) && isLink(target); links++) {
    target = resolve(dirname(target), readlinkSync(target))
    refuseForeignLink(target)
  }
  return target
}

/** @throws Error if a path is another user's link */
export function refuseForeignLink(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status?.isSymbolicLink() === true && !isOwn(path, status))
    throw new Error(`it is a symbolic link of another user (uid ${status.uid})`)
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}
