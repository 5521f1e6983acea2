import { fchownSync, fstatSync, lstatSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, typedCommand } from '../failures/index.ts'

/** The reason why gsa does not rely on a file or folder, and the remedy. */
export interface Distrust {
  readonly problem: string
  readonly remedy: string
}

// Folders on a file system without owners (Windows drives, network shares, container volumes) cannot pass these checks,
// so the user may vouch for one: GSA_TRUST_CONFIG_DIR.
const vouchedFor = new Set<string>()

/** Trusts a folder and everything below it, regardless of owners and modes. */
export function trustFolder(folder: string): void {
  vouchedFor.add(folder)
}

/** Returns whether {@link trustFolder} was called for a path or for a folder above it. */
function isVouchedFor(path: string): boolean {
  return [...vouchedFor].some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** Returns whether this user or root owns a file. Always true on Windows, which has a different permission model. */
export function isOwn(path: string, { uid }: Pick<Stats, 'uid'>): boolean {
  const user = process.geteuid?.()
  if (user === undefined || uid === user || uid === 0 || isVouchedFor(path)) return true
  // In a container, the host's root has another number: that of the root folder's owner.
  return uid === statSync('/').uid
}

/**
 * As root, gives a new file to the owner of what it replaces, or of its folder: that user could not use it otherwise.
 * Does nothing for other users.
 * @throws the errors of node:fs
 */
export function giveTo({ uid, gid }: Pick<Stats, 'uid' | 'gid'>, descriptor: number): void {
  // On a network share or a foreign disk, files that root creates may not belong to root.
  if (process.geteuid?.() === 0 && uid !== 0 && fstatSync(descriptor).uid === 0) fchownSync(descriptor, uid, gid)
}

/** Applies {@link giveTo} with the folder's owner to something new. If that fails, it stays root's. */
export function giveToOwnerOfFolder(path: string, descriptor: number): void {
  try {
    giveTo(statSync(dirname(path)), descriptor)
  } catch {
    // Only the owner differs from what it should be.
  }
}

/** Returns why another user may have written a file; undefined if only this user and root can have written it. */
export function distrustOfFile(path: string, status: Stats): Distrust | undefined {
  if (!status.isFile())
    return { problem: `is ${kindOf(status)}, not a file`, remedy: `Remove it: ${typedCommand(['rm', path])}` }
  if (process.geteuid === undefined || isVouchedFor(path)) return undefined
  if (!isOwn(path, status))
    return {
      problem: `belongs to another user (uid ${status.uid})`,
      remedy: `Remove it: ${typedCommand(['rm', path])}`,
    }
  if (othersCanWrite(status))
    return {
      problem: `can be changed by other users (${modeOf(status)})`,
      remedy: `Check what is in it, then run: ${typedCommand(['chmod', '600', path])}`,
    }
  return undefined
}

/**
 * Makes sure that only this user and root can change a folder's content: by writing into it, or by replacing it or a
 * folder above it. Follows symbolic links that belong to one of the two. Does nothing on Windows.
 * @returns whether the folder exists
 * @throws Failure `config_not_private`, `config_unusable`, and the errors of node:fs
 */
export function demandPrivateFolder(folder: string): boolean {
  if (process.geteuid === undefined || isVouchedFor(folder))
    return statSync(folder, { throwIfNoEntry: false }) !== undefined
  let links = 0
  let at = '/'
  let rest = [...partsOf(folder)]
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const path = join(at, name)
    const status = lstatSync(path, { throwIfNoEntry: false })
    if (status === undefined) return false
    const isLast = rest.length === 0
    if (!isOwn(path, status)) throw foreign(path, status, isLast)
    if (status.isSymbolicLink()) {
      if (++links > 40) throw new Failure('config_unusable', { path, problem: 'its symbolic links form a loop' })
      const target = readlinkSync(path)
      if (target.startsWith('/')) at = '/'
      rest = [...partsOf(target), ...rest]
      continue
    }
    if (!status.isDirectory()) throw new Failure('config_unusable', { path, problem: 'it is not a folder' })
    if (isLast ? othersCanWrite(status) : othersCanReplaceEntries(status)) throw writable(path, status, isLast)
    at = path
  }
  return true
}

function foreign(path: string, status: Stats, isLast: boolean): Failure {
  const { uid } = status
  const user = process.geteuid?.() ?? uid
  return new Failure('config_not_private', {
    path,
    problem: `belongs to another user (uid ${uid}; gsa runs as uid ${user})`,
    remedy: isLast
      ? `Run gsa as that user, set GSA_CONFIG_DIR to a folder of your own, or: ${typedCommand(['chown', status.isSymbolicLink() ? '-h' : '-R', `${user}`, path])}`
      : 'Run gsa as that user, or set GSA_CONFIG_DIR to a folder of your own',
  })
}

function writable(path: string, status: Stats, isLast: boolean): Failure {
  return new Failure('config_not_private', {
    path,
    problem: `can be changed by other users (${modeOf(status)})`,
    remedy: isLast
      ? `Check what is in it, then run: ${typedCommand(['chmod', '700', path])}`
      : `Run: ${typedCommand(['chmod', 'go-w', path])}, or set GSA_CONFIG_DIR to a folder that only you can write to`,
  })
}

function othersCanWrite({ mode, gid }: Stats): boolean {
  const user = process.geteuid?.()
  // A user's private group has the same number, and a umask of 002 lets it write.
  const isPrivateGroup = gid === user && process.getegid?.() === user
  return (mode & (isPrivateGroup ? 0o002 : 0o022)) !== 0
}

/**
 * Returns whether other users can replace a folder's entries; in a sticky folder such as /tmp, only their owner can.
 */
function othersCanReplaceEntries(status: Stats): boolean {
  return othersCanWrite(status) && (status.mode & 0o1000) === 0
}

function kindOf(status: Stats): string {
  if (status.isDirectory()) return 'a folder'
  if (status.isSymbolicLink()) return 'a symbolic link'
  if (status.isFIFO()) return 'a named pipe'
  return status.isSocket() ? 'a socket' : 'a device'
}

function modeOf({ mode }: Stats): string {
  return `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
