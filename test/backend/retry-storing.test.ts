import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import type { RawAnswer } from '../emulator/raw-http.ts'
import { inFastTime } from '../support/fast-time.ts'
import { type Gsa, test } from '../support/harness.ts'
import { postCode, serving } from './serving.ts'

const tokenPosts = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

/** Makes the first writes of credentials fail, as a database does while it restarts. */
function failFirst(gsa: Gsa, failures: number): { readonly writes: () => number } {
  const write = gsa.memory.set.bind(gsa.memory)
  let writes = 0
  gsa.memory.set = (key, value) => {
    const isDamaged = key.startsWith('credential ') && ++writes <= failures
    return write(key, isDamaged ? 'damaged' : value)
  }
  return { writes: () => writes }
}

describe('gsa serve whose store fails after the code was used', () => {
  test('retries until it works, and the app gets its response', async ({ gsa, google }) => {
    const { writes } = failFirst(gsa, 3)
    const run = await inFastTime(async () =>
      serving(gsa, [], async ({ post }) => {
        expect((await post({ authCode: await google.createCode() })).status).toBe(200)
      }),
    )
    expect(writes()).toBe(4)
    expect(run.stderr).toContain('Tokens could not be stored; gsa retries for a minute.')
    expect((await gsa.run('refresh')).exitCode).toBe(0)
    expect(tokenPosts(google)).toBe(2)
  })

  test('also after Ctrl-C, because the tokens exist nowhere else', async ({ gsa, google }) => {
    failFirst(gsa, 4)
    let answering: Promise<RawAnswer> | undefined
    const authCode = await google.createCode()
    const run = await serving(gsa, [], async ({ url }) => {
      answering = postCode(url, { authCode })
      while (gsa.memory.size === 0 || tokenPosts(google) === 0) await pause(20)
      // The work ends here, which interrupts the run while it retries.
    })
    expect(run.exitCode).toBe(130)
    expect((await answering)?.status).toBe(200)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('gives up after a minute, and says so as before', async ({ gsa, google }) => {
    const { writes } = failFirst(gsa, Number.POSITIVE_INFINITY)
    await inFastTime(async () =>
      serving(gsa, [], async ({ post }) => {
        const answer = await post({ authCode: await google.createCode() })
        expect([answer.status, answer.json]).toEqual([
          500,
          { error: expect.objectContaining({ code: 'not_stored_after_exchange', codeState: 'used' }) as object },
        ])
      }),
    )
    expect(writes()).toBeGreaterThan(20)
  })
})
