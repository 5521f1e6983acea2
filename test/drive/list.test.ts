import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'
import { generate, listed, logIn, requestsAfter } from './app-folder.ts'

describe('gsa drive ls-appfolder', () => {
  test('makes one request per page with a cached token, and one more to refresh without', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 25)
    let before = google.requests().length
    await gsa.run('drive', 'ls-appfolder', '--page-size', '10')
    expect(requestsAfter(google, before)).toEqual(['GET /drive/v3/files', 'GET /drive/v3/files', 'GET /drive/v3/files'])

    google.advanceClock('2h')
    before = google.requests().length
    await gsa.run('drive', 'ls-appfolder', { now: () => Date.now() + 7_200_000 })
    // gsa discovers the endpoints of a server other than Google, and a memory store remembers no keys.
    const ofRefresh = ['GET /.well-known/openid-configuration', 'POST /token', 'GET /oauth2/v3/certs']
    expect(requestsAfter(google, before)).toEqual([...ofRefresh, 'GET /drive/v3/files'])
  })

  test('requests no page beyond the limit, nor after a full last page', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 30)
    for (const [args, requests, files] of [
      [['--page-size', '10', '--limit', '20'], 2, 20],
      [['--page-size', '10', '--limit', '11'], 2, 11],
      [['--page-size', '10', '--limit', '3'], 1, 3],
      [['--page-size', '10'], 3, 30],
    ] as const) {
      const before = google.requests().length
      const { stdout } = await gsa.run('drive', 'ls-appfolder', '--json', ...args)
      expect(JSON.parse(stdout)).toHaveLength(files)
      expect(requestsAfter(google, before)).toHaveLength(requests)
    }
  })

  test('refreshes a token that is rejected midway, once, and continues', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 30)
    google.arm({ on: 'drive', fault: 'invalid-credentials', after: 1 })
    const before = google.requests().length
    const { exitCode, stdout } = await gsa.run('drive', 'ls-appfolder', '--page-size', '10', '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toHaveLength(30)
    expect(requestsAfter(google, before)).toEqual([
      'GET /drive/v3/files',
      'GET /drive/v3/files',
      'GET /.well-known/openid-configuration',
      'POST /token',
      'GET /oauth2/v3/certs',
      'GET /drive/v3/files',
      'GET /drive/v3/files',
    ])

    google.arm({ on: 'drive', fault: 'invalid-credentials', times: 5 })
    const refused = await gsa.run('drive', 'ls-appfolder', '--json')
    expect(refused.exitCode).toBe(5)
    expect(refused.error['code']).toBe('access_token_refused')
  })

  test('prints aligned columns, with --long including the ids', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await gsa.run('drive', 'put', '-', '--name', 'small', { stdin: 'x' })
    await gsa.run('drive', 'put', '-', '--name', 'larger', { stdin: 'x'.repeat(1234) })
    const lines = (await gsa.run('drive', 'ls-appfolder', '--order-by', 'name')).stdout.split('\n')
    expect(lines[0]).toMatch(/^1\.2 kB {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}larger$/)
    expect(lines[1]).toMatch(/^ {3}1 B {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}small$/)
    const long = (await gsa.run('drive', 'ls-appfolder', '--long', '--query', "name = 'small'")).stdout
    expect(long).toMatch(/^ {3}1 B {2}\S{20} {2}\S{40,} +[0-9a-f]{32} {2}application\/octet-stream {2}small\n$/)
  })

  test('says why a folder is empty, and whether the query is the reason', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const empty = await gsa.run('drive', 'ls-appfolder')
    expect(empty.stdout).toBe('')
    expect(empty.stderr).toContain('Each Cloud project has its own')
    expect((await gsa.run('drive', 'ls-appfolder', '--json')).stdout).toBe('[]\n')
    await generate(google, 1)
    expect((await gsa.run('drive', 'ls-appfolder', '--query', "name = 'x'")).stderr).toContain('No file')
  })

  test('makes names safe for a terminal, also in JSON', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const name = 'a\u001b[31m\u0085\u202eb\nc'
    await gsa.run('drive', 'put', '-', '--name', name, { stdin: '' })
    expect((await gsa.run('drive', 'ls-appfolder')).stdout).toContain(String.raw`a\u001b[31m\u0085\u202eb\u000ac`)
    const { stdout } = await gsa.run('drive', 'ls-appfolder', '--json')
    // oxlint-disable-next-line no-control-regex -- what must not be in it
    expect(stdout).not.toMatch(/[\u001b\u0085\u202e]/)
    expect(JSON.parse(stdout)).toMatchObject([{ name }])
  })

  test('leaves the JSON array open when a page fails, so that a part does not look complete', async ({
    gsa,
    google,
  }) => {
    await logIn(gsa, google)
    await generate(google, 20)
    google.arm({ on: 'drive', fault: 'insufficient-scope', after: 1 })
    const result = await gsa.run('drive', 'ls-appfolder', '--page-size', '10', '--json')
    expect(result.exitCode).toBe(5)
    expect(() => JSON.parse(result.stdout) as unknown).toThrow(SyntaxError)
    expect(result.error['code']).toBe('scope_insufficient')
  })

  test("reports a bad query with Drive's words", async ({ gsa, google }) => {
    await logIn(gsa, google)
    const result = await gsa.run('drive', 'ls-appfolder', '--query', 'name =', '--json')
    expect(result.exitCode).toBe(5)
    expect(result.error).toMatchObject({ code: 'api_refused', details: { service: 'Drive', status: 400 } })
  })
})

describe('gsa drive info', () => {
  test('counts the files and their bytes, and shows the folder and the quota', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 1200, 100)
    const { json } = await gsa.run('drive', 'info', '--json')
    expect(json).toMatchObject({
      folder: { name: 'appDataFolder', id: expect.any(String) as string },
      files: { count: 1200, bytes: 120_000 },
      user: { emailAddress: 'ada@example.com' },
      quota: { usage: '120000' },
    })
    expect((await gsa.run('drive', 'info')).stdout).toMatch(/^Files +1,200 \(120 kB\)$/m)
    expect(await listed(gsa)).toHaveLength(1200)
  })
})
