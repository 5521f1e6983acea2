import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type AccountIndex, fileAccountIndex } from '../../src/accounts/account-index.ts'
import { run } from '../../src/run.ts'
import { bytesOf, damaged, property, valueOrFailure } from './property.ts'
import { runQuietly } from './quiet-run.ts'
import { runs } from './scale.ts'

const account = {
  issuer: 'http://127.0.0.1:9',
  clientId: 'c',
  sub: '1',
  clientType: 'web',
  redirectUris: ['http://localhost'],
  store: 'file:/nowhere/store.age',
  claims: { sub: '1', email: 'ada@example.com' },
  requestedScopes: ['openid'],
  grantedScopes: ['openid'],
  hasRefreshToken: true,
  rotatesRefreshTokens: false,
  refreshTokenObtainedAt: '2026-01-01T00:00:00Z',
  refreshTokenExpiresAt: null,
  accessTokenExpiresAt: '2026-01-01T01:00:00Z',
}
const hostile = {
  ...account,
  sub: '\u001b[2J',
  clientId: '\u202e',
  refreshTokenExpiresAt: 'soon',
  refreshTokenObtainedAt: '\u0007',
  claims: ['x'],
}
const lists = fc.oneof(
  fc
    .array(fc.oneof(damaged(account), fc.constantFrom(account, hostile), fc.jsonValue({ maxDepth: 1 })), {
      maxLength: 3,
    })
    .map((accounts) => ({ version: 1, accounts, default: accounts[0] ?? null })),
  damaged({ version: 1, accounts: [account], default: account }),
)
const files = bytesOf(lists.map((list) => JSON.stringify(list)))

let folder = ''
let index: AccountIndex
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gsa-fuzz-'))
  index = fileAccountIndex(folder, { signal: new AbortController().signal, onWait: () => undefined })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('an account list', () => {
  property(
    'of arbitrary bytes is read, or reported as damaged',
    files,
    async (bytes) => {
      writeFileSync(join(folder, 'accounts.json'), bytes)
      let damage: unknown
      const list = await valueOrFailure(async () => {
        try {
          return await index.read()
        } catch (error) {
          damage = error
          throw error
        }
      })
      if (list === undefined) expect(damage).toMatchObject({ code: 'index_damaged', exitCode: 7 })
      else
        for (const { issuer, sub, redirectUris } of list.accounts)
          expect([issuer, sub, ...redirectUris].every((text) => typeof text === 'string')).toBe(true)
    },
    { portion: 200, whole: 100_000 },
  )

  const commands = fc.constantFrom(
    ['accounts'],
    ['accounts', '--json'],
    ['whoami'],
    ['whoami', '--json'],
    ['accounts', 'use', '1'],
    ['token'],
    ['refresh'],
  )
  property(
    'of arbitrary bytes makes every command fail in its own words',
    fc.tuple(files, commands),
    async ([bytes, argv]) => {
      writeFileSync(join(folder, 'accounts.json'), bytes)
      const env = { HOME: folder, GSA_CONFIG_DIR: folder, GSA_STORE: 'file:/nowhere/store.age' }
      const { exitCode, stdout, stderr } = await runQuietly(run, argv, env)
      expect([0, 2, 4, 7], `${argv.join(' ')}: ${stderr}`).toContain(exitCode)
      // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    },
    { portion: 60, whole: runs },
  )
})
