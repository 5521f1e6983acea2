import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, fileProblem, type Secret } from '../failures/index.ts'
import { sha256 } from './sha256.ts'

/**
 * The authorization codes that were sent from here. A code is sent once, ever: a server that sees it twice revokes what it
 * brought the first time (RFC 6749 sections 4.1.2 and 10.5). Only hashes are kept.
 */
export interface UsedCodes {
  /** Marks a code as sent; call it right before sending. @throws Failure `code_used_before`, `config_unusable` */
  mark(code: Secret): void
  /** Takes the mark away, for a code that never left this machine. */
  unmark(code: Secret): void
}

// Codes live for ten minutes; the rest is for whoever tries once more after supper.
const rememberedMs = 60 * 60_000
const tidyEveryMs = 10 * 60_000

/** What a code is remembered by. */
export function hashOfCode(code: Secret): string {
  return sha256(code.reveal())
}

/** Remembers codes for an hour, one empty file each, so that of several processes one alone may send a code. */
export function fileUsedCodes(folder: string): UsedCodes {
  let tidiedAt = 0
  const tidy = (): void => {
    const now = Date.now()
    if (now - tidiedAt < tidyEveryMs) return
    tidiedAt = now
    for (const name of readdirSync(folder))
      if (now - timeOf(join(folder, name)) > rememberedMs) rmSync(join(folder, name), { force: true })
  }
  return {
    mark(code) {
      const file = join(folder, hashOfCode(code))
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        tidy()
        closeSync(openSync(file, 'wx', 0o600))
      } catch (error) {
        const { code: reason, syscall } = error as NodeJS.ErrnoException
        if (reason === 'EEXIST' && syscall === 'open') throw usedBefore(timeOf(file))
        throw new Failure('config_unusable', { path: folder, problem: fileProblem(error) }, { cause: error })
      }
    },
    unmark: (code) => rmSync(join(folder, hashOfCode(code)), { force: true }),
  }
}

/** Remembers codes until the process ends. */
export function memoryUsedCodes(): UsedCodes {
  const sentAt = new Map<string, number>()
  return {
    mark(code) {
      const earlier = sentAt.get(hashOfCode(code))
      if (earlier !== undefined) throw usedBefore(earlier)
      sentAt.set(hashOfCode(code), Date.now())
    },
    unmark: (code) => void sentAt.delete(hashOfCode(code)),
  }
}

function timeOf(file: string): number {
  // Another process may have tidied up in between.
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
}

function usedBefore(sentAtMs: number): Failure {
  return new Failure('code_used_before', { sentAt: new Date(sentAtMs).toISOString() })
}
