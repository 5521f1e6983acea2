import { closeSync, lstatSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { sha256 } from '../core/sha256.ts'
import { Failure, fileProblem } from '../failures/index.ts'
import { makePrivateFolder } from '../files/own-file.ts'
import { giveToOwnerOfFolder } from '../files/ownership.ts'

/**
 * Records the authorization codes that were sent from here. A code is sent only once: a server that sees it twice
 * revokes the tokens of its first use (RFC 6749 sections 4.1.2 and 10.5). Only hashes are stored.
 */
export interface UsedCodes {
  /** Marks a code as sent; call it right before sending. @throws Failure `code_used_before`, `config_unusable` */
  mark(code: Secret): Promise<void>
  /** Removes the mark of a code that was never sent. */
  unmark(code: Secret): Promise<void>
  /** Records what codes brought, for the other machines of a backend; absent if there is one machine only. */
  readonly outcomes?: Outcomes
}

/** Records what a used code brought, without secrets, so that any machine can answer when it is sent again. */
export interface Outcomes {
  /** Returns what a code brought; undefined if that is not known, or not yet. */
  find(code: Secret): Promise<JsonObject | undefined>
  /** Records what a marked code brought. */
  keep(code: Secret, outcome: JsonObject): Promise<void>
}

/** The lifetime of a code: an app that resends one within it has lost the response. */
export const codeLifetimeMs = 10 * 60_000
// An hour also covers late retries.
/** How long a code is remembered. */
export const rememberedMs = 60 * 60_000
/** How often old codes are forgotten. */
export const tidyEveryMs = 10 * 60_000

/** Returns the hash that a code is recorded by. */
export function hashOfCode(code: Secret): string {
  return sha256(code.reveal())
}

/** Records codes for an hour, as one empty file each, so that only one of several processes may send a code. */
export function fileUsedCodes(folder: string): UsedCodes {
  let tidiedAt = 0
  const tidy = (): void => {
    const now = Date.now()
    if (now - tidiedAt < tidyEveryMs) return
    tidiedAt = now
    for (const name of readdirSync(folder)) {
      const file = join(folder, name)
      if (isMark(file, name) && now - timeOf(file) > rememberedMs) rmSync(file, { force: true })
    }
  }
  return {
    async mark(code) {
      const file = join(folder, hashOfCode(code))
      try {
        makePrivateFolder(folder)
        tidy()
        const descriptor = openSync(file, 'wx', 0o600)
        giveToOwnerOfFolder(file, descriptor)
        closeSync(descriptor)
      } catch (error) {
        const { code: reason, syscall } = error as NodeJS.ErrnoException
        if (reason === 'EEXIST' && syscall === 'open') throw usedBefore(timeOf(file))
        if (error instanceof Failure) throw error
        throw new Failure('config_unusable', { path: folder, problem: fileProblem(error) }, { cause: error })
      }
    },
    unmark: async (code) => rmSync(join(folder, hashOfCode(code)), { force: true }),
  }
}

/** Records codes until the process ends. */
export function memoryUsedCodes(): UsedCodes {
  const sentAt = new Map<string, number>()
  return {
    async mark(code) {
      const earlier = sentAt.get(hashOfCode(code))
      if (earlier !== undefined) throw usedBefore(earlier)
      sentAt.set(hashOfCode(code), Date.now())
    },
    unmark: async (code) => void sentAt.delete(hashOfCode(code)),
  }
}

/** Returns whether a file is one of our marks: named after a hash, and empty. All other files there stay. */
function isMark(file: string, name: string): boolean {
  const status = /^[0-9a-f]{64}$/.test(name) ? lstatSync(file, { throwIfNoEntry: false }) : undefined
  return status?.isFile() === true && status.size === 0
}

function timeOf(file: string): number {
  // Another process may have removed it in between.
  return lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
}

/** Returns the failure of a code that was sent before. */
export function usedBefore(sentAtMs: number): Failure {
  return new Failure('code_used_before', { sentAt: new Date(sentAtMs).toISOString() })
}
