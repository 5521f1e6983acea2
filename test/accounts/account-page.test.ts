import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Account,
  type AccountIndex,
  fileAccountIndex,
  memoryAccountIndex,
  unknownHistory,
} from '../../src/accounts/account-index.ts'
import type { PageRequest } from '../../src/accounts/account-page.ts'
import { googleIssuer } from '../../src/oauth/authorization-server.ts'

const nowMs = Date.parse('2026-06-01T00:00:00.000Z')
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const kinds: readonly (readonly [name: string, open: () => AccountIndex])[] = [
  ['in memory', () => memoryAccountIndex(new Map())],
  [
    'in a file',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'gsa-pages-'))
      folders.push(folder)
      return fileAccountIndex(folder, { signal: new AbortController().signal, onWait: () => undefined })
    },
  ],
]

function account(sub: string, more: Partial<Account> = {}): Account {
  const key = { issuer: googleIssuer, clientId: '1-a.apps.googleusercontent.com', sub }
  const rest = { clientType: 'web', redirectUris: [], store: 'keychain', claims: null, hasRefreshToken: true } as const
  return { ...key, ...rest, ...unknownHistory, ...more }
}

async function filled(open: () => AccountIndex, accounts: readonly Account[]): Promise<AccountIndex> {
  const index = open()
  for (const one of accounts) await index.put(one)
  return index
}

/** Returns the subjects on each page, and calls `between` after each. */
async function pages(
  index: AccountIndex,
  request: Omit<PageRequest, 'nowMs'>,
  between: (page: readonly string[]) => Promise<void> = async () => undefined,
): Promise<readonly (readonly string[])[]> {
  const found: string[][] = []
  for (let after: string | undefined; ;) {
    const { accounts, next } = await index.page({ ...request, after, nowMs })
    const subs = accounts.map(({ sub }) => sub)
    found.push(subs)
    if (next === null) return found
    await between(subs)
    after = next
  }
}

describe.each(kinds)('a list %s', (_, open) => {
  test('is returned page by page, and complete without a limit', async () => {
    const index = await filled(
      open,
      ['1', '2', '3', '4', '5'].map((sub) => account(sub)),
    )
    expect(await pages(index, { limit: 2 })).toEqual([['1', '2'], ['3', '4'], ['5']])
    expect(await pages(index, { limit: 5 })).toEqual([['1', '2', '3', '4', '5']])
    expect(await pages(index, {})).toEqual([['1', '2', '3', '4', '5']])
    expect(await pages(open(), { limit: 2 })).toEqual([[]])
  })

  test('keeps its order while accounts are changed, removed and added between the pages', async () => {
    const index = await filled(
      open,
      ['1', '2', '3', '4', '5'].map((sub) => account(sub)),
    )
    const seen = await pages(index, { limit: 2 }, async ([first = '']) => {
      // As a refresh does it.
      await index.put(account(first, { refreshTokenUsedAt: '2026-05-01T00:00:00.000Z' }))
      if (first !== '1') return
      await index.remove(account('1'))
      await index.remove(account('4'))
      await index.put(account('6'))
    })
    expect(seen).toEqual([['1', '2'], ['3', '5'], ['6']])
  })

  test('goes on after an account that no longer has the requested state', async () => {
    const index = await filled(
      open,
      ['1', '2', '3'].map((sub) => account(sub)),
    )
    const seen = await pages(index, { state: 'unknown', limit: 1 }, async ([sub = '']) =>
      index.put(account(sub, { hasRefreshToken: false })),
    )
    expect(seen).toEqual([['1'], ['2'], ['3']])
  })

  test('says that a page begins nowhere when its account is gone', async () => {
    const index = await filled(
      open,
      ['1', '2'].map((sub) => account(sub)),
    )
    const { next } = await index.page({ limit: 1, nowMs })
    await index.remove(account('1'))
    for (const after of [next ?? '', 'nonsense'])
      await expect(index.page({ after, nowMs })).rejects.toMatchObject({
        code: 'usage',
        causeText: expect.stringContaining('Start again without --after.') as string,
      })
  })

  test('can be narrowed to a state, a server and a store', async () => {
    const index = await filled(open, [
      account('connected', { refreshTokenUsedAt: '2026-05-01T00:00:00.000Z' }),
      account('expired', { refreshTokenExpiresAt: '2026-05-31T00:00:00.000Z', otherStores: ['file:/old.age'] }),
      account('found', { store: 'file:/old.age' }),
      account('elsewhere', { issuer: 'https://id.example.com' }),
    ])
    expect(await pages(index, { state: 'connected' })).toEqual([['connected']])
    expect(await pages(index, { state: 'needs_login' })).toEqual([['expired']])
    expect(await pages(index, { state: 'unknown', limit: 1 })).toEqual([['found'], ['elsewhere']])
    expect(await pages(index, { issuer: 'https://id.example.com/' })).toEqual([['elsewhere']])
    expect(await pages(index, { store: 'file:/old.age', limit: 1 })).toEqual([['expired'], ['found']])
    expect(await pages(index, { store: 'file:/old.age', state: 'connected' })).toEqual([[]])
  })

  test('returns the default account beside a page that lacks it', async () => {
    const index = await filled(
      open,
      ['1', '2'].map((sub) => account(sub)),
    )
    await index.setDefault(account('2'))
    expect((await index.page({ limit: 1, nowMs })).default).toMatchObject({ sub: '2' })
  })
})
