import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test, withGsa } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

describe('an unreadable account list', () => {
  test.for([
    ['is damaged', '{'],
    ['was written by a newer version', '{"version":2,"accounts":[]}'],
  ])('because it %s fails an exchange before the code is sent, and the code stays unused', async ([, content]) => {
    await withGsa(async (gsa, google) => {
      const { env } = lastingStore(gsa)
      const stdin = await google.createCode()
      await gsa.run('accounts', 'list', { env })
      const list = join(gsa.folder, 'home/gsa/accounts.json')
      await gsa.run('exchange', '-', { stdin: await google.createCode({ account: 'grace@corp.example' }), env })
      const good = readFileSync(list)
      writeFileSync(list, content!)
      const refused = await gsa.run('exchange', '-', '--json', { stdin, env })
      expect(refused.exitCode).toBe(7)
      expect(refused.error).toMatchObject({ code: 'index_damaged', details: { codeState: 'unused' } })
      writeFileSync(list, good)
      expect((await gsa.run('exchange', '-', { stdin, env })).exitCode).toBe(0)
      expect((await gsa.run('refresh', '--account', 'ada@example.com', { env })).exitCode).toBe(0)
    })
  })
})
