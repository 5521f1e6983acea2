import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { fileUsedCodes } from '../../src/accounts/used-codes.ts'
import { Secret } from '../../src/core/secret.ts'
import { test } from '../conformance/fake-provider.ts'
import type { Gsa } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { asUser } from '../support/other-user.ts'
import { needs } from '../support/system-parts.ts'

const usedCodes = (gsa: Gsa): string => join(gsa.folder, 'home', 'gsa', 'used-codes')

describe('a code that was already sent', () => {
  test('is not sent again by the next run, which would revoke its tokens', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    const code = await google.createCode()
    expect((await gsa.run('exchange', '-', { stdin: code, env })).exitCode).toBe(0)
    const again = await gsa.run('exchange', '-', '--json', { stdin: code, env })
    expect(again.exitCode).toBe(5)
    expect(again.error['code']).toBe('code_used_before')
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  })

  test('is sent by only one of two simultaneous runs', async ({ gsa, google }) => {
    // A store with its own lock: the shared helper does not support two at the same time.
    mkdirSync(join(gsa.folder, 'keys'))
    const env = {
      GSA_STORE: `file:${join(gsa.folder, 'secrets.age')}`,
      GSA_STORE_PASSPHRASE_FILE: gsa.file('keys/passphrase', 'correct horse battery staple\n'),
    }
    const code = await google.createCode()
    const runs = await Promise.all([1, 2].map(async () => gsa.run('exchange', '-', '--json', { stdin: code, env })))
    expect(new Set(runs.map(({ exitCode }) => exitCode))).toEqual(new Set([0, 5]))
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('counts as sent when its response was lost', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    const code = await google.createCode()
    google.arm({ on: 'token', fault: 'reset' })
    expect((await gsa.run('exchange', '-', { stdin: code, env })).exitCode).toBe(3)
    const again = await gsa.run('exchange', '-', '--json', { stdin: code, env })
    expect(again.error['code']).toBe('code_used_before')
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('is remembered as a hash for an hour', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    const code = await google.createCode()
    await gsa.run('exchange', '-', { stdin: code, env })
    const [mark = ''] = readdirSync(usedCodes(gsa))
    expect(mark).toMatch(/^[\da-f]{64}$/)
    const anHourAgo = new Date(Date.now() - 61 * 60_000)
    utimesSync(join(usedCodes(gsa), mark), anHourAgo, anHourAgo)
    await gsa.run('exchange', '-', { stdin: await google.createCode(), env })
    expect(readdirSync(usedCodes(gsa))).not.toContain(mark)
    expect(readdirSync(usedCodes(gsa))).toHaveLength(1)
  })
})

test('is not sent where a read-only folder cannot record it', async ({ gsa, google, skip }) => {
  needs({ skip }, 'files of another user')
  const folder = usedCodes(gsa)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stdin = await google.createCode()
  await asUser(1234, gsa.folder, async () => {
    chmodSync(folder, 0o500)
    const run = await gsa.run('exchange', '-', '--no-store', '--json', { stdin })
    expect(run.exitCode).toBe(7)
    expect(run.error).toMatchObject({
      code: 'config_unusable',
      details: { path: folder, problem: 'permission denied', codeState: 'unused' },
    })
  })
  expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
})

test('is forgotten quietly if another process has already removed its mark', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-used-codes-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const codes = fileUsedCodes(folder)
  const code = new Secret('4/0AcodeThatNeverLeft')
  await codes.mark(code)
  for (const mark of readdirSync(folder)) rmSync(join(folder, mark))
  await codes.unmark(code)
  await codes.mark(code)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('may be sent again if it never left because nothing listened', async ({ gsa, provider }) => {
  // A port that was free a moment ago, below those that the system assigns.
  provider.misdeeds = { discovery: (document) => ({ ...document, token_endpoint: 'http://127.0.0.1:9/token' }) }
  const env = { ...lastingStore(gsa).env, GSA_ISSUER: provider.issuer, GSA_EMULATOR_HOST: undefined }
  const stdin = '4/0AcodeOfTheProviderThatNeverLeft'
  const lost = await gsa.run('exchange', '-', '--json', { stdin, env })
  expect(lost.error).toMatchObject({ code: 'unreachable', details: { codeState: 'unused' } })
  expect(readdirSync(usedCodes(gsa))).toEqual([])
  provider.misdeeds = {}
  const again = await gsa.run('exchange', '-', '--json', { stdin, env })
  expect(
    provider.to('/token').map(({ form }) => form.get('code')),
    again.stderr,
  ).toEqual([stdin])
})
