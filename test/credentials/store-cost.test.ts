// The numbers in docs/stores.md: npx vitest run test/credentials/store-cost.test.ts
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ageFileStore } from '../../src/credentials/age-file-store.ts'
import type { SecretStore } from '../../src/credentials/secret-store.ts'
import { Secret } from '../../src/failures/index.ts'
import { needs } from '../support/system-parts.ts'
import { type StoreKind, storeKinds } from './store-kinds.ts'

const item = 'credential https://accounts.google.com client 110000000000000000001'
const secret = new Secret('1//0e'.padEnd(200, 'x'))

/** With the work factor that users get. */
const ageFile: StoreKind = {
  kind: 'age file',
  parts: [],
  many: 1,
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-cost-'))
    const passphrase = async (): Promise<Secret> => Promise.resolve(new Secret('correct horse'))
    const waiting = { signal: new AbortController().signal }
    return Promise.resolve({
      open: () => ageFileStore({ file: join(folder, 'store.age'), passphrase, waiting }),
      shared: null,
      env: {},
      end: async () => Promise.resolve(rmSync(folder, { recursive: true })),
    })
  },
}

/** The median of three, in milliseconds of processor time, which a busy machine does not change. Each is done by a new object, as by a new process. */
async function costOf(open: () => SecretStore, work: (store: SecretStore) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let time = 0; time < 3; time++) {
    const store = open()
    const started = process.cpuUsage()
    await work(store)
    const { user, system } = process.cpuUsage(started)
    times.push((user + system) / 1000)
  }
  return times.toSorted((a, b) => a - b)[1]!
}

describe.each([...storeKinds.filter(({ kind }) => kind !== 'age file'), ageFile])(
  'the store: $kind',
  ({ kind, parts, start }) => {
    test('costs no more than a person can wait for, and its passphrase no less than guessing must', async (context) => {
      needs(context, ...parts)
      const ground = await start()
      onTestFinished(async () => ground.end())
      await ground.open().set(item, secret)
      const read = await costOf(ground.open, async (store) => store.get(item))
      const write = await costOf(ground.open, async (store) => store.set(item, secret))
      const probe = await costOf(ground.open, async (store) => store.probe())
      const shown = Object.entries({ read, write, probe }).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
      process.stdout.write(`${kind}: ${shown.join(', ')}\n`)
      expect(Math.max(read, write, probe)).toBeLessThan(5_000)
      expect(read).toBeGreaterThan(kind === 'age file' ? 50 : 0)
    })
  },
)
