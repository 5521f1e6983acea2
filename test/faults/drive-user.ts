import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { driveOf, inAppData } from '../emulator/drive-client.ts'
import { send, sendJson, signIn } from '../emulator/raw-http.ts'
import { type Running, startGsa } from '../support/built-gsa.ts'

/** The armed faults. */
export type Fault = Parameters<Emulator['arm']>[0]

/** A file in the app folder, as the emulator has it. */
interface StoredFile {
  readonly id: string
  readonly name: string
  readonly md5Checksum: string
}

/** An emulator with one account, and the built program set up for that account without a keychain. */
export interface DriveUser {
  readonly google: Emulator
  /** This user's own folder. It contains HOME and the configuration. */
  readonly folder: string
  gsa(argv: readonly string[], stdin?: Buffer): Running
  /** Disarms every fault that has not struck. */
  disarm(): Promise<void>
  /** Returns everything in the app folder, with the faults disarmed. */
  stored(): Promise<readonly StoredFile[]>
  /** Puts a file of any length into the app folder, without the program. */
  store(name: string, content: Buffer): Promise<void>
  /** The names of the faults that struck, in order. */
  struck(): readonly string[]
}

// Longer than the program waits without progress, plus a time-out.
const deadlineMs = 420_000

/** Starts one, and stops it at the end. */
export async function withDriveUser<T>(use: (user: DriveUser) => Promise<T>): Promise<T> {
  const google = await startEmulator()
  const folder = mkdtempSync(join(tmpdir(), 'gsa-faults-'))
  try {
    return await use(await driveUser(google, folder))
  } finally {
    // Its memory is not needed until the last one has ended.
    google.reset()
    await google.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function driveUser(google: Emulator, folder: string): Promise<DriveUser> {
  const tokens = await signIn(google)
  const drive = driveOf(google, tokens.access_token)
  const home = join(folder, 'home')
  mkdirSync(home)
  const clientSecrets = join(home, 'client_secret.json')
  writeFileSync(clientSecrets, JSON.stringify(clientSecretsFile('web', google.issuer)))
  const env = {
    HOME: home,
    GSA_CONFIG_DIR: join(home, 'gsa'),
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_CLIENT_SECRETS: clientSecrets,
    GSA_REFRESH_TOKEN: tokens.refresh_token,
  }
  const disarm = async (): Promise<void> => {
    await fetch(`${google.controlUrl}/faults`, { method: 'DELETE' })
  }
  return {
    google,
    folder,
    disarm,
    gsa: (argv, stdin) => startGsa(argv, { env, folder, deadlineMs, ...(stdin === undefined ? {} : { stdin }) }),
    async stored() {
      await disarm()
      const { json } = await drive.list({ fields: 'files(id,name,md5Checksum)' })
      return (json as { files: StoredFile[] }).files
    },
    async store(name, content) {
      const url = `${google.issuer}/upload/drive/v3/files?uploadType=resumable`
      const opened = await sendJson(url, { name, ...inAppData }, { headers: drive.headers })
      const { status, body } = await send(opened.headers.location ?? '', { method: 'PUT', body: content })
      if (status !== 200) throw new Error(body)
    },
    struck: () => google.requests().flatMap(({ faults = [] }) => faults),
  }
}

const pool = randomBytes(24 * 1024 * 1024)

/** Returns random content: no two parts are the same. */
export function contentOf(bytes: number, random: () => number): Buffer {
  const from = Math.floor(random() * (pool.length - bytes))
  return pool.subarray(from, from + bytes)
}

/** Returns the MD5 of content, as Drive writes it. */
export const md5Of = (content: Buffer): string => createHash('md5').update(content).digest('hex')

/** Returns one of them. */
export const oneOf = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!

/** Returns an integer from 0 to one below the end. */
export const below = (end: number, random: () => number): number => Math.floor(random() * end)

/** Does the work for each of them, so many at the same time. */
export async function inLanes<T>(lanes: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const one of left) await work(one)
    }),
  )
}

/** Counts by name; `text` lists the counts with the most frequent first. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(...names: readonly string[]): void {
    for (const name of names) this.#counts.set(name, this.of(name) + 1)
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  text(): string {
    const rows = [...this.#counts].toSorted(([, one], [, other]) => other - one)
    return rows.map(([name, count]) => `${name} ${count}`).join(', ')
  }
}

/** The exit codes that README.md lists for failures other than bugs. */
export const documentedExitCodes: ReadonlySet<number | null> = new Set([0, 2, 3, 4, 5, 6, 7, 130])
