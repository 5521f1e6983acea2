import { describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Run, test, withGsa } from '../support/harness.ts'

const question = /This code belongs to ada@example\.com\. Is that the account you expect\? Store it\? \(y\/n\)/
const revocation = /Revoke the token just received\?/
const revocations = (google: Emulator): number => google.requests().filter(({ path }) => path === '/revoke').length

/** Returns the failure below the questions that the terminal has drawn. */
function errorBelow({ stderr }: Run): JsonObject {
  const document = stderr.slice(stderr.lastIndexOf('{"error"'))
  return (JSON.parse(document) as { error: JsonObject }).error
}

describe('an account that you decline at the terminal', () => {
  test('is discarded with a word about its access, and is not a success', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', await google.createCode(), {
      typing: [
        [question, 'n\r'],
        [revocation, '\r'],
      ],
    })
    expect(result.exitCode).toBe(6)
    expect(result.stdout).toBe('')
    expect(result.stderr.replace(/\s+/g, ' ')).toContain(
      'You declined to store ada@example.com. Its tokens were discarded, but the grant still exists. The code no longer works; get a new one.',
    )
    expect(gsa.memory.size).toBe(0)
    expect(revocations(google)).toBe(0)
  })

  test('is revoked if you say so', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', await google.createCode(), '--json', {
      typing: [
        [question, 'No\r'],
        [revocation, 'y\r'],
      ],
    })
    expect(result.exitCode).toBe(6)
    expect(errorBelow(result)).toMatchObject({
      code: 'account_declined',
      details: { account: 'ada@example.com', grant: 'revoked', codeState: 'used' },
    })
    expect(revocations(google)).toBe(1)
  })

  test('says why it could not be revoked', async ({ gsa, google }) => {
    google.arm({ on: 'revoke', fault: 'http-500' })
    const result = await gsa.run('exchange', await google.createCode(), '--json', {
      typing: [
        [question, 'n\r'],
        [revocation, 'y\r'],
      ],
    })
    expect(result.exitCode).toBe(6)
    expect(errorBelow(result)).toMatchObject({ details: { grant: 'stands' } })
    expect(errorBelow(result)['cause']).toContain('could not revoke it')
  })

  test.each(['\r', 'perhaps\r'])('is not declined by %j: the question stays', async (keys) => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('exchange', await google.createCode(), {
        typing: [
          [question, keys],
          [/Type y or n, then press Enter/, `${'\u007F'.repeat(8)}y\r`],
        ],
      })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(gsa.memory.size).toBeGreaterThan(0)
    })
  })

  test('is stored without a question with --yes, --no-input or without a terminal', async ({ gsa, google }) => {
    for (const options of [['--yes'], ['--no-input']]) {
      const result = await gsa.run('exchange', await google.createCode(), ...options, { typing: [] })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(result.stderr).not.toContain('Store it?')
    }
    expect((await gsa.run('exchange', '-', { stdin: await google.createCode() })).exitCode).toBe(0)
  })

  test('exits as interrupted if you press Ctrl-C at the question', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', await google.createCode(), '--json', {
      typing: [[question, '\u0003']],
    })
    expect(result.exitCode).toBe(130)
    expect(errorBelow(result)).toMatchObject({ code: 'interrupted_after_exchange', details: { codeState: 'used' } })
    expect(gsa.memory.size).toBe(0)
  })
})
