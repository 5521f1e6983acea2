import { closeSync, constants, fstatSync, openSync, realpathSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isJsonObject, parseJsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure, fileProblem, isFailure } from '../failures/index.ts'
import { type HeldLock, type LockOptions, withLock } from '../files/lock.ts'
import { makeFolders, readUpTo } from '../files/own-file.ts'
import { persistently } from '../files/persistently.ts'
import { demandReplaceable, replaceFile } from '../files/replace-file.ts'
import type { SecretStore } from './secret-store.ts'

interface AgeFileOptions {
  /** The file; its folder is created if missing. A symbolic link is followed and kept. */
  readonly file: string
  /** Called if the passphrase is not known yet, and only when something is decrypted or encrypted. */
  readonly passphrase: (purpose: 'open' | 'create') => Promise<Secret>
  readonly waiting: Omit<LockOptions, 'purpose'>
  /** The base-2 logarithm of the scrypt work factor for writing. Default 16: about 0.2 s and 64 MiB each time. */
  readonly workFactor?: number
}

type Items = ReadonlyMap<string, string>

/** A file's content when it was last decrypted. */
interface Opened {
  readonly bytes: Buffer
  readonly items: Items
}

const defaultWorkFactor = 16
// Enough for some thousand accounts; this store never writes a larger file.
const largestFileBytes = 8 * 1024 * 1024

/**
 * Stores all items in one file, encrypted with a passphrase in the age format (https://age-encryption.org/v1): `age -d
 * FILE` shows `{"v":1,"items":{NAME:VALUE}}`. Changes replace the whole file while no other process changes it; if
 * anything fails, the file stays unchanged. Reading takes no lock and writes nothing.
 *
 * Operations throw Failure `passphrase_wrong`, `store_file_damaged`, `store_file_unusable`, `lock_busy`, and what
 * `passphrase` throws.
 */
export function ageFileStore(options: AgeFileOptions): SecretStore {
  const name = `file:${resolve(options.file)}`
  const file = ageFile(options)
  return {
    name,
    // Writes the file again with the same content: this needs everything that a change needs, and changes nothing.
    probe: async () =>
      file.change(async (items) => {
        await file.write(items ?? new Map())
        try {
          if (!isSame(await file.read(), items)) throw new Failure('store_read_back_differs', { store: name })
        } finally {
          if (items === undefined) file.remove()
        }
      }),
    demandChangeable: async () => file.change(async () => Promise.resolve(file.demandReplaceable())),
    async get(item) {
      const value = (await file.read())?.get(item)
      return value === undefined ? undefined : new Secret(value)
    },
    set: async (item, value) =>
      file.change(async (items) => file.write(new Map([...(items ?? []), [item, value.reveal()]]))),
    delete: async (item) => {
      if ((await file.read())?.has(item) !== true) return false
      return file.change(async (items) => {
        const left = new Map(items)
        if (!left.delete(item)) return false
        await file.write(left)
        return true
      })
    },
    items: async () => [...((await file.read())?.keys() ?? [])],
  }
}

/** The items of a file. They are undefined if there is no file. */
interface AgeFile {
  read(): Promise<Items | undefined>
  /** Runs work while no other process changes the file; only then may the file be written or removed. */
  change<T>(work: (items: Items | undefined) => Promise<T>): Promise<T>
  write(items: Items): Promise<void>
  demandReplaceable(): void
  remove(): void
}

function ageFile({ file, passphrase, waiting, workFactor = defaultWorkFactor }: AgeFileOptions): AgeFile {
  let asked: Promise<Secret> | undefined
  const secret = async (purpose: 'open' | 'create'): Promise<Secret> =>
    (asked ??= passphrase(purpose).catch((error: unknown) => {
      // Ask again next time: the prompt failed.
      asked = undefined
      throw error
    }))
  let opened: Opened | undefined
  let lock: HeldLock | undefined

  async function read(): Promise<Items | undefined> {
    const path = targetOf(file)
    const bytes = readStore(path)
    if (bytes === undefined) return undefined
    if (opened?.bytes.equals(bytes) !== true) {
      const items = await decrypt(bytes, await secret('open'), path).catch((error: unknown) => {
        if (isFailure(error, 'passphrase_wrong')) asked = undefined
        throw error
      })
      opened = { bytes, items }
    }
    return opened.items
  }

  return {
    read,
    async change(work) {
      const path = targetOf(file)
      // Before the lock is taken: others need not wait while the user types.
      await secret(readStore(path) === undefined ? 'create' : 'open')
      makeFolderOf(path)
      try {
        const purpose = `a change to ${path}`
        return await withLock(`${path}.lock`, { ...waiting, purpose }, async (held) => {
          lock = held
          return work(await read())
        })
      } catch (error) {
        if (!isFailure(error, 'config_unusable')) throw error
        const problem = `its lock "${error.details.path}" cannot be used: ${error.details.problem}`
        throw new Failure('store_file_unusable', { file: path, problem }, { cause: error })
      }
    },
    async write(items) {
      // Forgotten, so that comparisons read the file from the disk.
      opened = undefined
      const bytes = await encrypt(items, await secret('create'), workFactor)
      lock?.confirm()
      usable(targetOf(file), (path) => replaceFile(path, bytes))
    },
    demandReplaceable: () => usable(targetOf(file), demandReplaceable),
    remove: () => rmSync(targetOf(file), { force: true }),
  }
}

/**
 * Returns the file that a path leads to: replacing a symbolic link would separate it from the file that the user chose.
 */
function targetOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return resolve(file)
  }
}

function makeFolderOf(file: string): void {
  try {
    makeFolders(dirname(file))
  } catch (error) {
    throw unusable(file, error)
  }
}

/** Returns the bytes of the file; undefined if there is none. */
function readStore(file: string): Buffer | undefined {
  let descriptor: number | undefined
  try {
    // Without O_NONBLOCK, open() would wait for a named pipe.
    descriptor = persistently(() => openSync(file, constants.O_RDONLY | constants.O_NONBLOCK))
    const status = fstatSync(descriptor)
    if (!status.isFile()) throw new Failure('store_file_unusable', { file, problem: 'it is not a file' })
    if (status.size > largestFileBytes) throw damaged(file, `it has ${status.size} bytes, which is far too much`)
    return readUpTo(descriptor, largestFileBytes)
  } catch (error) {
    if (error instanceof Failure) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(file, error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function usable(file: string, work: (path: string) => void): void {
  try {
    work(file)
  } catch (error) {
    throw unusable(file, error)
  }
}

async function encrypt(items: Items, passphrase: Secret, workFactor: number): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase.reveal())
  encrypter.setScryptWorkFactor(workFactor)
  return encrypter.encrypt(JSON.stringify({ v: 1, items: Object.fromEntries(items) }))
}

async function decrypt(bytes: Uint8Array, passphrase: Secret, file: string): Promise<Items> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase.reveal())
  const problem = headerProblem(bytes)
  if (problem !== undefined) throw damaged(file, problem)
  let text: Uint8Array
  try {
    text = await decrypter.decrypt(bytes)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (/no identity matched/.test(message)) throw new Failure('passphrase_wrong', { file }, { cause: error })
    throw damaged(file, message, error)
  }
  return parseItems(text, file)
}

// The factor that age itself writes; each step doubles time and memory, and 20 already takes 10 seconds and a gigabyte.
const largestWorkFactor = 18

/** Returns why no passphrase can or should open this; the library reports these cases as a wrong passphrase. */
function headerProblem(bytes: Uint8Array): string | undefined {
  const header = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  if (header === '') return 'it is empty'
  if (header.startsWith('-----BEGIN AGE')) return 'it is armored, but gsa only reads binary age files'
  if (!header.startsWith('age-encryption.org/v1\n')) return 'it is not an age file'
  const [, factor] = /^-> scrypt \S{1,100} ([1-9]\d{0,9})\n/.exec(header.slice(22)) ?? []
  if (factor === undefined) return 'it is not encrypted with a passphrase'
  return Number(factor) > largestWorkFactor
    ? `its scrypt work factor is ${factor}, but gsa supports at most ${largestWorkFactor}`
    : undefined
}

function parseItems(text: Uint8Array, file: string): Items {
  const { v, items } = parseJsonObject(text) ?? {}
  if (v !== 1 || !isJsonObject(items)) throw damaged(file, 'its content was not written by this version of gsa')
  const entries = Object.entries(items)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    throw damaged(file, 'one of its items is not text')
  return new Map(entries)
}

function isSame(found: Items | undefined, expected: Items | undefined): boolean {
  const wanted = [...(expected ?? [])]
  return found?.size === wanted.length && wanted.every(([item, value]) => found.get(item) === value)
}

function damaged(file: string, problem: string, cause?: unknown): Failure {
  return new Failure('store_file_damaged', { file, problem }, { cause })
}

function unusable(file: string, error: unknown): Failure {
  return new Failure('store_file_unusable', { file, problem: fileProblem(error) }, { cause: error })
}
