import { describe, expect } from 'vitest'
import { generate, listed, logIn, requestsAfter } from '../drive/app-folder.ts'
import { test as providerTest } from '../conformance/fake-provider.ts'
import { test } from '../support/harness.ts'

describe.concurrent('gsa api', () => {
  test('prints the response to a GET, and sends its fields in the address', async ({ gsa, google }) => {
    await logIn(gsa, google)
    for (const args of [
      ['/drive/v3/about', '-f', 'fields=user(emailAddress)'],
      ['drive/v3/about', '-f', 'fields=user(emailAddress)'],
      ['GET', '/drive/v3/about?fields=user(emailAddress)'],
      ['-X', 'get', `${google.driveUrl}/drive/v3/about?fields=user(emailAddress)`, '--json'],
    ]) {
      const run = await gsa.run('api', ...args)
      expect(run.json).toEqual({ user: { emailAddress: 'ada@example.com' } })
    }
    expect((await gsa.run('api', '/v1/userinfo')).json).toMatchObject({ email: 'ada@example.com' })
  })

  test('sends fields as a JSON object for POST and PATCH, and in the address for DELETE', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const properties = ['-F', 'starred=true', '-F', 'appProperties[a]=toString', '-f', 'appProperties[b]=x=y']
    const create = ['POST', '/drive/v3/files?fields=id,name,starred,appProperties', '-f', 'parents[]=appDataFolder']
    const made = await gsa.run('api', ...create, '-f', 'name=2026', ...properties)
    expect(made.json).toMatchObject({ name: '2026', starred: true, appProperties: { a: 'toString', b: 'x=y' } })
    const path = `/drive/v3/files/${String(made.json['id'])}`
    expect((await gsa.run('api', 'PATCH', path, '-f', 'name=new')).json).toMatchObject({ name: 'new' })
    const removed = await gsa.run('api', 'DELETE', path)
    expect([removed.exitCode, removed.stdout]).toEqual([0, ''])
    expect((await gsa.run('api', 'DELETE', path, '--json')).error).toMatchObject({
      code: 'api_refused',
      exitCode: 5,
      details: { service: 'Drive', status: 404, reason: 'notFound' },
    })
  })

  providerTest.for<[code: string, exitCode: number, status: number, body: string, type: string]>([
    ['api_path_unknown', 5, 404, '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>', 'text/html; charset=UTF-8'],
    ['api_path_unknown', 5, 404, '', 'text/html'],
    ['api_path_unknown', 5, 404, 'Not Found', 'text/plain'],
    ['api_path_unknown', 5, 405, '', 'text/html'],
    ['api_path_unknown', 5, 410, '<html>', 'text/html'],
    ['api_refused', 5, 400, '<html>', 'text/html'],
    ['api_refused', 5, 413, '', 'text/html'],
    ['access_token_refused', 5, 401, 'Unauthorized', 'text/plain'],
    ['invalid_answer', 3, 302, '', 'text/html'],
    ['invalid_answer', 3, 511, '<html>', 'text/html'],
  ])(
    '%s, exit code %i, after HTTP status %i with "%s"',
    async ([code, exitCode, status, body, type], { run, gsa, provider }) => {
      provider.misdeeds = {
        instead: ({ path }, response) => {
          if (path === '/drive/v3/nope') response.writeHead(status, { 'content-type': type }).end(body)
          return path === '/drive/v3/nope'
        },
      }
      expect(
        (await run('login', '--client-secrets', gsa.desktopClient, { browser: async (url) => fetch(url) })).exitCode,
      ).toBe(0)
      const result = await run('api', '/drive/v3/nope', '--json')
      expect(result.exitCode).toBe(exitCode)
      expect(result.error['code']).toBe(code)
    },
  )

  test('says that nothing exists at a path, and does not blame the network', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const result = await gsa.run('api', '/drive/v3/nope')
    expect(result.exitCode).toBe(5)
    expect(result.stderr).toMatch(
      /Error: There is nothing at \/drive\/v3\/nope on 127\.0\.0\.1:\d+ \(HTTP status 404\)\./,
    )
    expect(result.stderr).not.toContain('portal')
  })

  test('sends a request that must not be sent twice over its own connection', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const before = google.requests().length
    await gsa.run('api', '/drive/v3/about?fields=user')
    await gsa.run('api', 'POST', '/drive/v3/files', '-f', 'parents[]=appDataFolder')
    await gsa.run('api', '/drive/v3/about?fields=user')
    const [first, post, last] = google.requests().slice(before)
    expect(post).toMatchObject({ method: 'POST', status: 200 })
    expect(post?.connection).not.toBe(first?.connection)
    expect(last?.connection).toBe(first?.connection)
  })

  test('sends a file or standard input unchanged', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const metadata = '{"name":"x","parents":["appDataFolder"]}'
    for (const run of [
      await gsa.run('api', '/drive/v3/files', '--input', '-', '-f', 'fields=name', { stdin: metadata }),
      await gsa.run(
        'api',
        'POST',
        '/drive/v3/files',
        '--input',
        gsa.file('in.json', metadata),
        '-f',
        'fields=name',
        '--no-input',
      ),
    ])
      expect(run.json).toEqual({ name: 'x' })
    const [file] = await listed(gsa)
    const path = `/upload/drive/v3/files/${file?.id}?uploadType=media&fields=size,mimeType`
    const typed = await gsa.run('api', 'PATCH', path, '--input', '-', '-H', 'Content-Type: text/x-notes', {
      stdin: 'abc',
    })
    expect(typed.json).toEqual({ size: '3', mimeType: 'text/x-notes' })
    expect((await gsa.run('api', `/drive/v3/files/${file?.id}?alt=media`)).stdout).toBe('abc')
    expect((await gsa.run('api', `/drive/v3/files/${file?.id}?alt=media`, '--json')).json).toBe('abc')
  })

  test('prints the pages of a list as one', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 25)
    const before = google.requests().length
    const args = ['api', '/drive/v3/files', '-f', 'spaces=appDataFolder', '-F', 'pageSize=10', '--paginate']
    const run = await gsa.run(...args)
    expect(run.json).toMatchObject({ kind: 'drive#fileList' })
    expect(run.json['files']).toHaveLength(25)
    expect(run.json).not.toHaveProperty('nextPageToken')
    expect(requestsAfter(google, before)).toHaveLength(3)
    // Fields without the next page token would turn the list into one page.
    expect((await gsa.run(...args, '-f', 'fields=files(name)')).json['files']).toHaveLength(25)
    expect((await gsa.run(...args, '-f', "q=name = 'none'")).json).toMatchObject({ files: [] })
  })

  test('does not send the token to another server', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const before = google.requests().length
    for (const address of [
      'https://www.googleapis.com/drive/v3/about',
      'https://evil.example/',
      'http://127.0.0.1:1/',
      `${google.driveUrl.replace('//', '//user@')}/drive/v3/about`,
      'file:///etc/passwd',
    ]) {
      const run = await gsa.run('api', address, '--json')
      expect([run.exitCode, run.error['code']]).toEqual([2, 'api_address_foreign'])
    }
    // A path that looks like another host is still a path.
    expect((await gsa.run('api', '//evil.example/x', '--json')).exitCode).not.toBe(0)
    expect(google.requests().slice(before)).toMatchObject([{ path: '/evil.example/x' }])
  })

  test.for([
    [[]],
    [['GET']],
    [['FETCH', '/x']],
    [['-X', 'GET', 'POST', '/x']],
    [['POST', '/x', '--paginate']],
    [['/x', '-f', 'name']],
    [['/x', '-f', '=value']],
    [['POST', '/x', '-f', 'a=1', '-f', 'a[]=2']],
    [['/x', '-H', 'nonsense']],
    [['/x', '-H', 'Authorization: Bearer mine']],
    [['/x', '--input', '/nonexistent']],
  ] as const)('refuses %j before sending anything', async ([args], { gsa, google }) => {
    await logIn(gsa, google)
    const before = google.requests().length
    const run = await gsa.run('api', ...args, '--json')
    expect(run.exitCode).toBe(2)
    expect(requestsAfter(google, before)).toEqual([])
  })

  test('retries safe requests, and a POST only if the server did not process it', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'drive', fault: 'http-503' })
    expect((await gsa.run('api', '/drive/v3/about?fields=user')).exitCode).toBe(0)
    const create = ['api', 'POST', '/drive/v3/files', '-f', 'name=a', '-f', 'parents[]=appDataFolder', '--json']
    google.arm({ on: 'drive', fault: 'http-429' })
    expect((await gsa.run(...create)).exitCode).toBe(0)
    for (const fault of ['http-503', 'lost-answer']) {
      google.arm({ on: 'drive', fault })
      expect((await gsa.run(...create)).exitCode).toBe(3)
    }
    expect(await listed(gsa)).toHaveLength(2)
  })
})
