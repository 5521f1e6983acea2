import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'
import { listed, logIn, requestsAfter } from './app-folder.ts'

describe.concurrent('gsa drive rm', () => {
  test('deletes several files, by name and by id, with one lookup of the names', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const name of ['a', 'b', "it's c", 'd', 'e'])
      await gsa.run('drive', 'put', '-', '--name', name, { stdin: name })
    const ids = (await listed(gsa)).filter(({ name }) => name === 'd' || name === 'e').map(({ id }) => id)
    const before = google.requests().length
    const { json } = await gsa.run('drive', 'rm', 'a', 'b', 'a', "it's c", '--yes', '--json')
    expect(json).toMatchObject({ removed: [{ name: 'a' }, { name: 'b' }, { name: "it's c" }] })
    expect(requestsAfter(google, before)).toEqual([
      'GET /drive/v3/files',
      ...(json['removed'] as { id: string }[]).map(({ id }) => `DELETE /drive/v3/files/${id}`),
    ])
    expect((await gsa.run('drive', 'rm', '--yes', '--id', ...ids)).stdout).toBe('Deleted e, d\n')
    expect(await listed(gsa)).toEqual([])
  })

  test('deletes nothing while one of them is missing or ambiguous', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const name of ['a', 'twice', 'twice']) await gsa.run('drive', 'put', '-', '--name', name, { stdin: '' })
    const ids = (await listed(gsa)).filter(({ name }) => name === 'twice').map(({ id }) => id)
    const twice = await gsa.run('drive', 'rm', 'a', 'twice', '--yes', '--json')
    expect(twice.exitCode).toBe(2)
    expect(twice.error).toMatchObject({ code: 'file_name_ambiguous', details: { name: 'twice', ids } })
    const missing = await gsa.run('drive', 'rm', 'a', 'gone', '--yes', '--json')
    expect([missing.exitCode, missing.error['code']]).toEqual([5, 'drive_file_not_found'])
    expect(await listed(gsa)).toHaveLength(3)
  })

  test('asks on a terminal, and requires --yes elsewhere', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await gsa.run('drive', 'put', '-', '--name', 'a', { stdin: '' })
    const no = await gsa.run('drive', 'rm', 'a', {
      typing: [[/Permanently delete a from the app folder of ada@example\.com\?/, '\r']],
    })
    expect(no.stdout).toContain('Nothing was deleted.')
    const script = await gsa.run('drive', 'rm', 'a', '--json')
    expect([script.exitCode, script.error['code']]).toEqual([2, 'answer_needed'])
    expect(await listed(gsa)).toHaveLength(1)
    const yes = await gsa.run('drive', 'rm', 'a', { typing: [[/Permanently delete a/, 'y\r']] })
    expect(yes.stdout).toContain('Deleted a')
  })

  test('succeeds when the response was lost, and when the server fails for a while', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const fault of ['lost-answer', 'http-503']) {
      await gsa.run('drive', 'put', '-', '--name', 'a', { stdin: '' })
      google.arm({ on: 'drive', fault, after: 1 })
      expect((await gsa.run('drive', 'rm', 'a', '--yes')).exitCode).toBe(0)
      expect(await listed(gsa)).toEqual([])
    }
  })

  test('continues with the others when one cannot be deleted, and fails', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const name of ['a', 'b', 'c']) await gsa.run('drive', 'put', '-', '--name', name, { stdin: '' })
    google.arm({ on: 'drive', fault: 'app-not-authorized', after: 1 })
    const run = await gsa.run('drive', 'rm', 'a', 'b', 'c', '--yes')
    expect(run.exitCode).toBe(5)
    expect(run.stderr).toContain('Deleted a, c; the others remain.')
    expect(await listed(gsa)).toMatchObject([{ name: 'b' }])
  })
})
