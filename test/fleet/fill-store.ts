import { expect } from 'vitest'
import type { Account } from '../../src/accounts/account-index.ts'
import { credentialItem } from '../../src/accounts/credential.ts'
import { sealedAccountIndex } from '../../src/accounts/sealed-account-index.ts'
import { type JsonObject, parseJsonObject } from '../../src/core/json.ts'
import { Secret } from '../../src/core/secret.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { sealedStore } from '../../src/stores/sealed-store.ts'
import { openSealedDatabase } from '../stores/open-postgres-store.ts'
import type { Fleet } from './fleet.ts'

/** A person to store. */
export interface Person {
  readonly sub: string
  readonly email: string
  readonly refreshToken: string
  /** How the account differs from one that was just logged in. */
  readonly account?: Partial<Account>
}

// As many as the pool has connections.
const writers = 10

/**
 * Stores many accounts, as gsa would after a login of each, but without a process and a request for each. The first
 * account of the emulator is logged in with gsa and shows how.
 */
export async function fillStore(fleet: Fleet, google: Emulator, people: readonly Person[]): Promise<void> {
  const exchanged = await fleet.gsa(0, ['exchange', '-'], {
    stdin: await google.createCode({ forceRefreshToken: true }),
  })
  expect(exchanged.exitCode, exchanged.stderr).toBe(0)
  const database = openSealedDatabase(fleet)
  const [index, store] = [sealedAccountIndex(database), sealedStore(database)]
  const [first] = (await index.read()).accounts
  if (first === undefined) throw new Error('gsa has stored no account')
  const credential = parseJsonObject(Buffer.from((await store.get(credentialItem(first)))?.reveal() ?? ''))
  const left = people.values()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (const { sub, email, refreshToken, account } of left) {
        const key = { ...first, sub }
        const value: JsonObject = { ...credential, email, refresh_token: refreshToken }
        await store.set(credentialItem(key), new Secret(JSON.stringify(value)))
        await index.put({ ...key, claims: { ...first.claims, sub, email, name: email }, ...account })
      }
    }),
  )
}
